/**
 * - `in-use`: another process has the data directory, or processes that are too old have the database.
 * - `not-writable`: the data directory cannot be made, read or written.
 * - `disk-full`: there is no room; nothing of the transaction was kept.
 * - `corrupt`: the file is not a database, or a damaged one.
 * - `newer-version`: a newer run-it wrote it, one that this one is too old for.
 * - `input-output`: the operating system could not read or write.
 * - `unavailable`: the database server cannot be reached, or stopped answering. What was being written may have been written.
 */
export type StoreErrorCode =
  | 'in-use'
  | 'not-writable'
  | 'disk-full'
  | 'corrupt'
  | 'newer-version'
  | 'input-output'
  | 'unavailable'

/** The store cannot do its work, for a reason that the operator can do something about. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}
