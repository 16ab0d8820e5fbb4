import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../store-error.ts'

/** Makes the folder and an empty database file in it where they are missing, readable by us alone. Gives the file's path. */
export function prepareDataDirectory(dataDirectory: string): string {
  const file = join(dataDirectory, 'run-it.db')
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
    // `wx` never opens a file that exists: closing it again would drop this process' locks on it.
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return file
    if (codeOf(error) === 'ENOSPC') {
      throw new StoreError('disk-full', `There is no room left in the data directory ${dataDirectory}.`, {
        cause: error,
      })
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreError('not-writable', `The data directory ${dataDirectory} cannot be used: ${reason}.`, {
      cause: error,
    })
  }
  return file
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
