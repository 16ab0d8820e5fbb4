import { sql } from 'kysely'
import { migrateBoss } from '../../src/queue/create-boss.ts'
import { PgBossQueue } from '../../src/queue/pg-boss.ts'
import type { Database } from '../../src/store/database.ts'
import { openPostgresDatabase } from '../../src/store/postgres/open-postgres-database.ts'
import { bossSchema, PostgresPool } from '../../src/store/postgres/postgres-pool.ts'

/** Longer than any test: what wakes a claim here is a hint. */
const noPoll = 3_600_000

/** Database and queue of one of the processes that share a database. */
export async function openShared(
  url: string,
  options: { readonly leaseMs?: number; readonly pollIntervalMs?: number } = {},
) {
  const database = await openPostgresDatabase({ url, connections: 10 })
  const pool = new PostgresPool({ url, name: 'run-it queue', connections: 2 })
  await migrateBoss((text, values) => pool.query(text, values))
  const { leaseMs = 10_000, pollIntervalMs = noPoll } = options
  const openQueue = () =>
    PgBossQueue.open({ database, sql: (text, values) => pool.query(text, values), leaseMs, pollIntervalMs })
  const queues = [await openQueue()]
  return {
    database,
    queue: queues[0] as PgBossQueue,
    anotherQueue: async () => {
      const queue = await openQueue()
      queues.push(queue)
      return queue
    },
    close: async () => {
      for (const queue of queues) await queue.close()
      await pool.end()
      await database.close()
    },
  }
}

/** As if everybody who holds a run had been silent for an hour. */
export async function silenceHolders(database: Database): Promise<void> {
  await sql`update ${sql.table(`${bossSchema}.job`)} set heartbeat_on = now() - interval '1 hour' where state = 'active'`.execute(
    database.rows,
  )
}
