import { StoreError, type StoreErrorCode } from '../store-error.ts'

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const storeErrors: Readonly<Record<number, readonly [StoreErrorCode, string]>> = {
  3: ['not-writable', 'The database file must not be accessed'],
  5: ['in-use', 'The database is in use by another process'],
  8: ['not-writable', 'The database file cannot be written'],
  10: ['input-output', 'The database file could not be read or written'],
  11: ['corrupt', 'The database file is damaged'],
  13: ['disk-full', 'There is no room left for the database'],
  14: ['not-writable', 'The database file cannot be opened'],
  26: ['corrupt', 'The database file is not an SQLite database'],
}

/** The same error in our words, where the operator can do something about it. What is a bug of ours stays as it is. */
export function translateSqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  // The low byte is the primary code; the rest of an extended one tells where it happened.
  const known = storeErrors[error.errcode & 0xff]
  if (known === undefined) return error
  const [code, text] = known
  return new StoreError(code, `${text}: ${error.message}`, { cause: error })
}
