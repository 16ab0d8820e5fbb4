import { PlatformError } from '../platform-error.ts'
import { DeadlineError } from './deadline.ts'

const connectionErrorCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EACCES',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** What Node and OpenSSL call a connection that was not trusted, by either side. */
const tlsErrorCode =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/

/** The HTTP status that the engine answered with, if the error is an answer. */
export function engineStatus(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

/** What the engine said, without the client library's wrapping. */
export function engineMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const json = 'json' in error ? error.json : undefined
  if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message)
  return error.message.trim()
}

/**
 * Says what an engine call's failure means. No connection, no answer in time and 5xx are an engine that is not there right now;
 * any other answer means that we asked for something wrong. Reasons of an abort pass through as they are.
 */
export function toPlatformError(error: unknown, doing: string): unknown {
  if (error instanceof PlatformError) return error
  const status = engineStatus(error)
  if (status !== undefined) {
    const code = status >= 500 ? 'unavailable' : 'refused'
    return new PlatformError(code, `The engine could not ${doing}: ${engineMessage(error)}`, { cause: error })
  }
  if (error instanceof DeadlineError || isConnectionError(error)) {
    return new PlatformError('unavailable', `The engine could not be reached to ${doing}: ${engineMessage(error)}`, {
      cause: error,
    })
  }
  return error
}

/**
 * Of a call about a sandbox that was there: when the engine does not know it any more, or it has ended, somebody took it away. The
 * next try makes another one.
 */
export function orSandboxLost(error: unknown): unknown {
  if (!(error instanceof PlatformError)) return error
  const status = engineStatus(error.cause)
  return status === 404 || status === 409 ? new PlatformError('sandbox-lost', error.message, { cause: error }) : error
}

/** The engine's certificate, or ours, was not taken. */
export function isTlsError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && (tlsErrorCode.test(code) || code === 'EPROTO')
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isTlsError(error)) return true
  const code = 'code' in error ? error.code : undefined
  // What was cut off in the middle, or is no HTTP at all.
  const isGarbled = typeof code === 'string' && code.startsWith('HPE_')
  return isGarbled || (typeof code === 'string' && connectionErrorCodes.has(code)) || error.message === 'socket hang up'
}
