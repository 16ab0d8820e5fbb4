import { Kysely } from 'kysely'
import type { Database } from '../database.ts'
import { migrate } from '../migrations/migrate.ts'
import type { Release } from '../migrations/release.ts'
import { StoreError } from '../store-error.ts'
import type { Tables } from '../tables.ts'
import { CommitSync } from './commit-sync.ts'
import { prepareDataDirectory } from './data-directory.ts'
import { NodeSqlite } from './node-sqlite.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { describeOwner, removeOwner, writeOwner } from './owner-file.ts'
import { SqliteDatabase } from './sqlite-database.ts'
import { sqliteRelease } from './sqlite-release.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

/** Waiting blocks the whole process, and whoever has the file keeps it: only a process that is just ending is worth it. */
const busyTimeoutMs = 250

/** Where the write-ahead log is cut back to after a burst. */
const journalBytes = 16 * 1024 * 1024
/** When the log is copied into the database, which the process waits for. The rarer, the more of its pages are written once instead of often. */
const checkpointPages = journalBytes / 4096

/**
 * Opens the embedded database, making or migrating it as needed. It belongs to this process until it is closed or the process
 * ends. Rejects with a `StoreError`.
 */
export async function openSqliteDatabase(options: {
  readonly dataDirectory: string
  /** Default: this program's. */
  readonly release?: Release
}): Promise<Database> {
  const { dataDirectory, release = sqliteRelease } = options
  const file = prepareDataDirectory(dataDirectory)
  try {
    const sqlite = openOwned(file)
    return await startOwned(sqlite, { file, dataDirectory, release })
  } catch (error) {
    throw inWords(error, dataDirectory)
  }
}

/** A database that lives and ends with this process' memory. */
export async function openMemoryDatabase(
  // It is as safe as it will ever be; tests have slower ones.
  commits: CommitSync = new CommitSync({ sync: async () => {}, rescue: () => {} }),
): Promise<Database> {
  const sqlite = new NodeSqlite(':memory:', { busyTimeoutMs })
  try {
    await makeCurrent(sqlite, sqliteRelease)
    return await SqliteDatabase.open(sqlite, { commits, onClosed: () => {} })
  } catch (error) {
    sqlite.close()
    throw error
  }
}

async function startOwned(
  sqlite: NodeSqlite,
  {
    file,
    dataDirectory,
    release,
  }: { readonly file: string; readonly dataDirectory: string; readonly release: Release },
): Promise<Database> {
  let log: WriteAheadLog | undefined
  const onClosed = () => {
    log?.close()
    removeOwner(dataDirectory)
  }
  try {
    // Written as soon as the file is ours, so that whoever comes second can be told at once.
    writeOwner(dataDirectory, { processId: process.pid, startedAt: new Date().toISOString() })
    await makeCurrent(sqlite, release)
    log = new WriteAheadLog(sqlite, file)
    return await SqliteDatabase.open(sqlite, { directory: dataDirectory, commits: log.commits, onClosed })
  } catch (error) {
    sqlite.close()
    onClosed()
    throw error
  }
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
    sqlite.exec(
      `pragma synchronous = full; pragma journal_size_limit = ${journalBytes}; pragma wal_autocheckpoint = ${checkpointPages}`,
    )
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

async function makeCurrent(sqlite: NodeSqlite, release: Release): Promise<void> {
  sqlite.exec('pragma foreign_keys = on')
  await migrate(new Kysely<Tables>({ dialect: new NodeSqliteDialect(sqlite) }), { release })
}

function inWords(error: unknown, dataDirectory: string): unknown {
  if (!(error instanceof StoreError)) return error
  const text =
    error.code === 'in-use'
      ? `The data directory ${dataDirectory} is in use by ${describeOwner(dataDirectory)}. Stop it, or choose another directory.`
      : `The data directory ${dataDirectory} cannot be used. ${error.message}`
  return new StoreError(error.code, text, { cause: error })
}
