import { Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import { type MigrateOptions, migrate } from '../migrations/migrate.ts'
import type { Release } from '../migrations/release.ts'
import { StoreError } from '../store-error.ts'
import type { Tables } from '../tables.ts'
import { NotifyHints } from './notify-hints.ts'
import { PostgresDatabase } from './postgres-database.ts'
import { PostgresDialectOf } from './postgres-dialect.ts'
import { translatePostgresError } from './postgres-error.ts'
import { PostgresPool, schema } from './postgres-pool.ts'
import { postgresRelease } from './postgres-release.ts'
import { hintsNameOf, refuseOlderProcesses } from './processes.ts'
import { retryTransaction } from './retry-transaction.ts'

/** Whoever needs a table that a change waits for waits too: where somebody holds it for long, the change waits for a better time. */
const changeLockTimeoutMs = 3_000

/** Two that make it at the same moment would be in each other's way. */
const createSchema = `begin; select pg_advisory_xact_lock(1383297653); create schema if not exists ${schema}; commit`

/**
 * Opens the database that many processes share, migrating it as needed: one of them does, and the others wait for it. Rejects with a
 * `StoreError` where it cannot be reached.
 */
export async function openPostgresDatabase(options: {
  readonly url: string
  readonly connections: number
  /** Default: this program's. */
  readonly release?: Release
}): Promise<Database> {
  const { url, connections, release = postgresRelease } = options
  const pool = new PostgresPool({ url, name: 'run-it', connections })
  let hints: NotifyHints | undefined
  try {
    await makeCurrent(url, release)
    hints = new NotifyHints(url, hintsNameOf(release))
    return await PostgresDatabase.open(pool, hints)
  } catch (error) {
    await hints?.close()
    await pool.end()
    throw translatePostgresError(error)
  }
}

const inUse =
  'This version has to add to the tables of the database, and one of them is in use, by a dump for example: start again when that has ended.'

/** What is told of a lock that was not to be had in time. */
function isInUse(error: unknown): boolean {
  const cause = error instanceof StoreError ? error.cause : error
  return cause instanceof Error && 'code' in cause && cause.code === '55P03'
}

async function makeCurrent(url: string, release: Release): Promise<void> {
  const pool = new PostgresPool({ url, name: 'run-it migrations', connections: 1, isPatient: true })
  const rows = new Kysely<Tables>({ dialect: new PostgresDialectOf(pool) })
  const beforeChange: MigrateOptions['beforeChange'] = async (transaction, { shutsOut }) => {
    await sql`select set_config('lock_timeout', ${String(changeLockTimeoutMs)}, true)`.execute(transaction)
    if (shutsOut) await refuseOlderProcesses(transaction, release)
  }
  try {
    await pool.query(createSchema)
    // Programs that work with the tables meanwhile may be in the way of a change, as it is in theirs.
    await retryTransaction(() => migrate(rows, { release, schema, beforeChange }))
  } catch (error) {
    throw isInUse(error) ? new StoreError('unavailable', inUse, { cause: error }) : error
  } finally {
    await pool.end()
  }
}
