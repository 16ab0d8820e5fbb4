import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The embedded database of a data directory that no process has open is whole. */
export function assertSound(dataDirectory: string): void {
  const database = new DatabaseSync(join(dataDirectory, 'run-it.db'))
  try {
    assert.equal(database.prepare('pragma integrity_check').get()?.integrity_check, 'ok')
    assert.deepEqual(database.prepare('pragma foreign_key_check').all(), [])
  } finally {
    database.close()
  }
}
