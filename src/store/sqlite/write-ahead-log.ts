import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { CommitSync } from './commit-sync.ts'
import type { NodeSqlite } from './node-sqlite.ts'

const syncData = promisify(fdatasync)

/**
 * The write-ahead log of an open database, synced beside SQLite instead of by it, which would stop the process for as long as the
 * disk takes. It is the same sync that SQLite makes of the same file after each commit when it is told `synchronous = full`; at
 * `normal` SQLite still makes all the others, around checkpoints. See https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export class WriteAheadLog {
  readonly commits: CommitSync
  readonly #log: number

  /** From here on SQLite leaves the syncs of commits to us. */
  constructor(sqlite: NodeSqlite, databaseFile: string) {
    const log = openSync(`${databaseFile}-wal`, 'r+')
    this.#log = log
    try {
      syncFolder(dirname(databaseFile))
      sqlite.exec('pragma synchronous = normal')
    } catch (error) {
      closeSync(log)
      throw error
    }
    this.commits = new CommitSync({
      sync: () => syncData(log),
      // Copies the log's pages into the database, which has syncs of its own.
      rescue: () => sqlite.checkpoint(),
    })
  }

  /** After the database. */
  close(): void {
    closeSync(this.#log)
  }
}

/** The log's name must be on disk as well as its bytes. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
