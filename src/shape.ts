import { ConfigError } from './config/config-error.ts'
import type { Settings } from './config/settings.ts'
import { EmbeddedQueue } from './queue/embedded.ts'
import type { Queue } from './queue/queue.ts'
import type { Database } from './store/database.ts'
import type { Release } from './store/migrations/release.ts'
import { openMemoryDatabase, openSqliteDatabase } from './store/sqlite/open-sqlite-database.ts'

/** How often whoever runs a program says that he lives. */
const heartbeatMs = 2_000
/** Of a lease: one heartbeat may be lost, and another late. */
const heartbeatsPerLease = 4
const queueConnections = 2

/** Rows and queue: the one thing in which a process with a file of its own differs from one that shares a database. */
export interface Shape {
  readonly database: Database
  readonly queue: Queue
  readonly heartbeatMs: number
  close(): Promise<void>
}

/** `release`: what the rows are brought to, and judged by. Default: this program's. */
export async function openShape(settings: Settings, release?: Release): Promise<Shape> {
  if (settings.databaseUrl !== undefined) return await openShared(settings.databaseUrl, settings, release)
  if (settings.role !== 'all') {
    throw new ConfigError([
      `role: "${settings.role}" needs a database that it shares with the others: set DATABASE_URL`,
    ])
  }
  return embedded(await openSqliteDatabase({ dataDirectory: settings.dataDirectory, release }))
}

/** For one command: nothing is kept. */
export async function openMemoryShape(): Promise<Shape> {
  return embedded(await openMemoryDatabase())
}

function embedded(database: Database): Shape {
  const queue = new EmbeddedQueue({ database })
  const close = async () => {
    await queue.close()
    await database.close()
  }
  return { database, queue, heartbeatMs, close }
}

async function openShared(url: string, settings: Settings, release: Release | undefined): Promise<Shape> {
  // Loaded here, because whoever has a file of his own does without.
  const [{ PgBossQueue }, { migrateBoss }, { openPostgresDatabase }, { PostgresPool }] = await Promise.all([
    import('./queue/pg-boss.ts'),
    import('./queue/create-boss.ts'),
    import('./store/postgres/open-postgres-database.ts'),
    import('./store/postgres/postgres-pool.ts'),
  ])
  // The library's own error would show the password.
  if (!URL.canParse(url)) throw new ConfigError(['databaseUrl: is not an address'])
  const { leaseMs } = settings
  const database = await openPostgresDatabase({ url, connections: settings.databaseConnections, release })
  const patient = new PostgresPool({ url, name: 'run-it migrations', connections: 1, isPatient: true })
  const pool = new PostgresPool({ url, name: 'run-it queue', connections: queueConnections })
  try {
    await migrateBoss((text, values) => patient.query(text, values))
    const queue = await PgBossQueue.open({ database, sql: (text, values) => pool.query(text, values), leaseMs })
    const close = async () => {
      await queue.close()
      await pool.end()
      await database.close()
    }
    return { database, queue, heartbeatMs: Math.min(heartbeatMs, leaseMs / heartbeatsPerLease), close }
  } catch (error) {
    await pool.end()
    await database.close()
    throw error
  } finally {
    await patient.end()
  }
}
