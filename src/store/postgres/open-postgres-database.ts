import { Kysely } from 'kysely'
import type { Database } from '../database.ts'
import { up as initial } from '../migrations/0001-initial.ts'
import { up as artifacts } from '../migrations/0003-artifacts.ts'
import { up as tests } from '../migrations/0004-tests.ts'
import { up as terminals } from '../migrations/0005-terminals.ts'
import { up as keys } from '../migrations/0007-keys.ts'
import { up as idempotency } from '../migrations/0008-idempotency.ts'
import { up as webhooks } from '../migrations/0009-webhooks.ts'
import { up as batches } from '../migrations/0010-batches.ts'
import { up as retention } from '../migrations/0011-retention.ts'
import { up as sharedQueue } from '../migrations/0012-shared-queue.ts'
import { up as operations } from '../migrations/0017-operations.ts'
import { up as images } from '../migrations/0018-images.ts'
import { up as pools } from '../migrations/0019-pools.ts'
import { migrate } from '../migrations/migrate.ts'
import type { Tables } from '../tables.ts'
import { NotifyHints } from './notify-hints.ts'
import { PostgresDatabase } from './postgres-database.ts'
import { PostgresDialectOf } from './postgres-dialect.ts'
import { translatePostgresError } from './postgres-error.ts'
import { PostgresPool, schema } from './postgres-pool.ts'

const migrations = {
  '0001-initial': { up: initial },
  '0003-artifacts': { up: artifacts },
  '0004-tests': { up: tests },
  '0005-terminals': { up: terminals },
  '0007-keys': { up: keys },
  '0008-idempotency': { up: idempotency },
  '0009-webhooks': { up: webhooks },
  '0010-batches': { up: batches },
  '0011-retention': { up: retention },
  '0012-shared-queue': { up: sharedQueue },
  '0017-operations': { up: operations },
  '0018-images': { up: images },
  '0019-pools': { up: pools },
}

/** Two that make it at the same moment would be in each other's way. */
const createSchema = `begin; select pg_advisory_xact_lock(1383297653); create schema if not exists ${schema}; commit`

/**
 * Opens the database that many processes share, migrating it as needed: one of them does, and the others wait for it. Rejects with a
 * `StoreError` where it cannot be reached.
 */
export async function openPostgresDatabase(options: {
  readonly url: string
  readonly connections: number
}): Promise<Database> {
  const { url, connections } = options
  const pool = new PostgresPool({ url, name: 'run-it', connections })
  let hints: NotifyHints | undefined
  try {
    await makeCurrent(url)
    hints = new NotifyHints(url)
    return await PostgresDatabase.open(pool, hints)
  } catch (error) {
    await hints?.close()
    await pool.end()
    throw translatePostgresError(error)
  }
}

async function makeCurrent(url: string): Promise<void> {
  const pool = new PostgresPool({ url, name: 'run-it migrations', connections: 1, isPatient: true })
  try {
    await pool.query(createSchema)
    await migrate(new Kysely<Tables>({ dialect: new PostgresDialectOf(pool) }), migrations, schema)
  } finally {
    await pool.end()
  }
}
