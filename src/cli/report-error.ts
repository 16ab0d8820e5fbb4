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
  // Known by its name, because the command line does not know platforms.
  if (error.name === 'PlatformError') return { exitCode: exitCodes.unavailable, lines: [error.message] }
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'EADDRINUSE' || code === 'EACCES') return { exitCode: exitCodes.unavailable, lines: [error.message] }
  return { exitCode: exitCodes.software, lines: [error.stack ?? error.message] }
}

function exitCodeOfStatus(status: number): number {
  if (status === 404) return exitCodes.noInput
  if (status === 429 || (status > 501 && status < 505)) return exitCodes.unavailable
  return status < 500 ? exitCodes.usage : exitCodes.software
}
