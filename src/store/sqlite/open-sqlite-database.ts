import { randomUUID } from 'node:crypto'
import type { Database } from '../database.ts'
import { up as initial } from '../migrations/0001-initial.ts'
import { up as embeddedQueue } from '../migrations/0002-embedded-queue.ts'
import { up as artifacts } from '../migrations/0003-artifacts.ts'
import { up as keys } from '../migrations/0007-keys.ts'
import { up as queueGroups } from '../migrations/0007-queue-groups.ts'
import { up as idempotency } from '../migrations/0008-idempotency.ts'
import { up as retention } from '../migrations/0011-retention.ts'
import { migrate } from '../migrations/migrate.ts'
import { StoreError } from '../store-error.ts'
import { prepareDataDirectory } from './data-directory.ts'
import { NodeSqlite } from './node-sqlite.ts'
import { describeOwner, removeOwner, writeOwner } from './owner-file.ts'
import { SqliteDatabase } from './sqlite-database.ts'

/** Waiting blocks the whole process, and whoever has the file keeps it: only a process that is just ending is worth it. */
const busyTimeoutMs = 250

/** Where the write-ahead log is cut back to after a burst. */
const journalBytes = 16 * 1024 * 1024

const migrations = {
  '0001-initial': { up: initial },
  '0002-embedded-queue': { up: embeddedQueue },
  '0003-artifacts': { up: artifacts },
  '0007-keys': { up: keys },
  '0007-queue-groups': { up: queueGroups },
  '0008-idempotency': { up: idempotency },
  '0011-retention': { up: retention },
}

/**
 * Opens the embedded database, making or migrating it as needed. It belongs to this process until it is closed or the process
 * ends. Rejects with a `StoreError`.
 */
export async function openSqliteDatabase(options: { readonly dataDirectory: string }): Promise<Database> {
  const { dataDirectory } = options
  const file = prepareDataDirectory(dataDirectory)
  try {
    const sqlite = openOwned(file)
    // Written as soon as the file is ours, so that whoever comes second can be told at once.
    const onClosed = () => removeOwner(dataDirectory)
    const onOwned = () => writeOwner(dataDirectory, { processId: process.pid, startedAt: new Date().toISOString() })
    return await start(sqlite, { directory: dataDirectory, onClosed, onOwned })
  } catch (error) {
    throw inWords(error, dataDirectory)
  }
}

/** A database that lives and ends with this process' memory. */
export async function openMemoryDatabase(): Promise<Database> {
  return await start(new NodeSqlite(':memory:', { busyTimeoutMs }), { onClosed: () => {}, onOwned: () => {} })
}

function openOwned(file: string): NodeSqlite {
  const sqlite = new NodeSqlite(file, { busyTimeoutMs })
  try {
    // Before anything is in the file: so it can shrink, a little at a time.
    sqlite.exec('pragma auto_vacuum = incremental')
    // The lock before the log: so SQLite keeps the log's index in memory, and the file to itself.
    sqlite.exec('pragma locking_mode = exclusive')
    sqlite.exec('pragma journal_mode = wal')
    sqlite.exec('begin exclusive; commit')
    sqlite.exec(`pragma synchronous = full; pragma journal_size_limit = ${journalBytes}`)
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

async function start(
  sqlite: NodeSqlite,
  options: { readonly directory?: string; readonly onClosed: () => void; readonly onOwned: () => void },
): Promise<Database> {
  try {
    options.onOwned()
    sqlite.exec('pragma foreign_keys = on')
    const database = new SqliteDatabase(sqlite, options)
    await migrate(database.rows, migrations)
    await database.identify(randomUUID())
    return database
  } catch (error) {
    sqlite.close()
    options.onClosed()
    throw error
  }
}

function inWords(error: unknown, dataDirectory: string): unknown {
  if (!(error instanceof StoreError)) return error
  const text =
    error.code === 'in-use'
      ? `The data directory ${dataDirectory} is in use by ${describeOwner(dataDirectory)}. Stop it, or choose another directory.`
      : `The data directory ${dataDirectory} cannot be used. ${error.message}`
  return new StoreError(error.code, text, { cause: error })
}
