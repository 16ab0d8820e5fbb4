import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { isUnavailable, translatePostgresError } from './postgres-error.ts'

const connectTimeoutMs = 3_000
/** A peer that vanished is noticed, instead of being waited for for hours. */
const keepAliveDelayMs = 10_000
/** A database that restarts is back by then; whoever waits longer is told. */
const connectPatienceMs = 5_000
const firstRetryMs = 50
const lastRetryMs = 500
/** Nothing of ours takes so long. */
const statementTimeoutMs = 10_000
/** Of a connection that says nothing more at all. */
const queryTimeoutMs = 12_000
const lockTimeoutMs = 8_000
/** A process that stands still in the middle of a transaction must not hold up the others for longer than this. */
const idleInTransactionMs = 5_000
const int8 = 20
/** What `pg` says after `queryTimeoutMs`. */
const silence = /Query read timeout/

/** Whole numbers as numbers: none of ours is near 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((id: number, format: 'text' | 'binary') =>
    id === int8 ? Number : pg.types.getTypeParser(id, format)) as typeof pg.types.getTypeParser,
}

/** Of our own, because the database that somebody names may be another program's as well. */
export const schema = 'run_it'
/** Where pg-boss keeps its tables: not in its default, which another program on the same database may use. */
export const bossSchema = 'run_it_jobs'

export function connectionConfig(url: string, name: string): pg.ClientConfig {
  const address = new URL(url)
  const options = address.searchParams.get('options') ?? ''
  address.searchParams.set('options', `${options} -c search_path=${schema}`.trim())
  return {
    connectionString: address.href,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    types,
  }
}

export interface PostgresPoolOptions {
  readonly url: string
  /** For those who look at the server's list of connections. */
  readonly name: string
  readonly connections: number
  /** For what may take its time: changes of the schema, and waiting for another process' ones. */
  readonly isPatient?: boolean
}

/** Connections that are made when they are needed, with patience for a database that is just away. */
export class PostgresPool {
  readonly #pool: pg.Pool
  #isEnded = false

  constructor(options: PostgresPoolOptions) {
    this.#pool = new pg.Pool({
      ...connectionConfig(options.url, options.name),
      max: options.connections,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      ...(options.isPatient
        ? {}
        : { statement_timeout: statementTimeoutMs, query_timeout: queryTimeoutMs, lock_timeout: lockTimeoutMs }),
    })
    // Of idle connections, which the pool then forgets: whoever needs one gets another.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', client => void client.on('error', () => {}))
    this.#pool.on('connect', endAfterSilence)
  }

  /** Rejects with a `StoreError` when the database stays away. */
  async connect(): Promise<pg.PoolClient> {
    const deadlineMs = performance.now() + connectPatienceMs
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, lastRetryMs)) {
      try {
        return await this.#pool.connect()
      } catch (error) {
        if (this.#isEnded || !isUnavailable(error) || performance.now() + retryMs > deadlineMs) {
          throw translatePostgresError(error)
        }
        await pause(retryMs)
      }
    }
  }

  /** One statement, or several without values, on any connection. */
  async query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    const client = await this.connect()
    let hasFailed = false
    try {
      return await client.query(text, values)
    } catch (error) {
      hasFailed = true
      throw translatePostgresError(error)
    } finally {
      // Of several statements the first may have begun a transaction, which nobody ends after one that failed.
      client.release(hasFailed)
    }
  }

  async end(): Promise<void> {
    if (this.#isEnded) return
    this.#isEnded = true
    await this.#pool.end()
  }
}

/**
 * A connection on which an answer never came is no connection: `pg` gives up the query alone, and whoever has the connection next waits
 * behind it.
 */
function endAfterSilence(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...parts: unknown[]) => unknown
  const watched = (...parts: unknown[]) => {
    const answer = query(...parts)
    if (answer instanceof Promise) answer.catch(error => silence.test(String(error)) && end(client))
    return answer
  }
  client.query = watched as pg.PoolClient['query']
}

/** At once, because a query is under way; the pool forgets it when it comes back. */
function end(client: pg.PoolClient): void {
  void (client as unknown as pg.Client).end().catch(() => {})
}
