import { RunItConnectionError, RunItError } from '@run-it/sdk'
import { CommanderError } from 'commander'
import { ConfigError } from '../config/config-error.ts'
import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import { BrokenPipe } from './write.ts'

/** Tells on stderr what went wrong, in one line each, and answers the exit code for it. */
export function reportError(error: unknown, context: CliContext): number {
  const { exitCode, lines } = describeError(error)
  for (const line of lines) context.stderr.write(`run-it: ${line}\n`)
  return exitCode
}

function describeError(error: unknown): { readonly exitCode: number; readonly lines: readonly string[] } {
  // Commander has written its message already.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : exitCodes.usage, lines: [] }
  if (error instanceof BrokenPipe) return { exitCode: exitCodes.brokenPipe, lines: [] }
  if (error instanceof CommandError) return { exitCode: error.exitCode, lines: error.message ? [error.message] : [] }
  if (error instanceof ConfigError) return { exitCode: exitCodes.config, lines: error.faults }
  if (error instanceof RunItConnectionError) return { exitCode: exitCodes.unavailable, lines: [error.message] }
  if (error instanceof RunItError) return { exitCode: exitCodeOfStatus(error.status), lines: error.message.split('\n') }
  if (!(error instanceof Error)) return { exitCode: exitCodes.software, lines: [String(error)] }
  // Known by their names, because the command line knows neither platforms nor stores nor environments. Their messages are for operators.
  if (error.name === 'PlatformError' || error.name === 'StoreError') {
    return { exitCode: exitCodes.unavailable, lines: [error.message] }
  }
  if (error.name === 'InvalidFamily') return { exitCode: exitCodes.config, lines: error.message.split('\n') }
  if (error.name === 'Problem') return { exitCode: exitCodes.usage, lines: [error.message] }
  const address = addressFault(error)
  if (address) return { exitCode: exitCodes.unavailable, lines: [address] }
  return { exitCode: exitCodes.software, lines: [error.stack ?? error.message] }
}

/** Why the server cannot listen. */
function addressFault(error: Error & { code?: unknown; address?: unknown; port?: unknown }): string | undefined {
  const place = `${error.address} port ${error.port}`
  if (error.code === 'EADDRINUSE') return `${place} is in use: choose another with --port`
  if (error.code === 'EADDRNOTAVAIL')
    return `${error.address} is not an address of this machine: choose another with --host`
  const isListening = 'syscall' in error && error.syscall === 'listen'
  return error.code === 'EACCES' && isListening
    ? `${place} is not allowed to this user: choose another with --port`
    : undefined
}

function exitCodeOfStatus(status: number): number {
  if (status === 404) return exitCodes.noInput
  if (status === 429 || (status > 501 && status < 505)) return exitCodes.unavailable
  return status < 500 ? exitCodes.usage : exitCodes.software
}
