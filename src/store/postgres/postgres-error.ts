import { StoreError } from '../store-error.ts'

/** SQLSTATE codes, https://www.postgresql.org/docs/15/errcodes-appendix.html. */
const unavailable = new Set([
  '53300', // too many connections
  '55P03', // a lock was not to be had in time
  '57014', // canceled: the statement took too long
  '57P01', // the server shuts down
  '57P02', // it crashed
  '57P03', // it starts
  '57P05', // the connection was idle for too long
  '25P03', // the transaction was idle for too long
])
const diskFull = new Set(['53100', '58030'])
/** Of the operating system, by Node. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])
/** What `pg` says without a code, as it stands in its sources. */
const brokenWords =
  /Connection terminated|Client has encountered a connection error|Query read timeout|timeout exceeded when trying to connect|Client was closed|not queryable/
/** Whoever comes second of two that cannot both be done: he is to try again. */
const conflicts = new Set(['40001', '40P01'])

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  // Where a name has several addresses, each has an error of its own.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined
}

/** The transaction was rolled back by the database, and may succeed when it is made again. */
export function isConflict(error: unknown): boolean {
  return conflicts.has(codeOf(error) ?? '')
}

/** The database was not there, or stopped being there in the middle. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  if (error instanceof StoreError) return error.code === 'unavailable'
  if (code !== undefined && (unavailable.has(code) || unreachable.has(code) || code.startsWith('08'))) return true
  return error instanceof Error && brokenWords.test(error.message)
}

/** The same error in our words, where the operator can do something about it. What is a bug of ours stays as it is. */
export function translatePostgresError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error
  if (diskFull.has(codeOf(error) ?? '')) {
    return new StoreError('disk-full', `There is no room left for the database: ${error.message}`, { cause: error })
  }
  if (!isUnavailable(error)) return error
  return new StoreError('unavailable', `The database cannot be reached: ${error.message}`, { cause: error })
}
