import type { Writable } from 'node:stream'
import { type Logger, type LoggerOptions, pino } from 'pino'
import { prettyLine } from './pretty-line.ts'

export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly format: 'pretty' | 'json'
  /** Default stderr: stdout belongs to programs. */
  readonly destination?: Pick<Writable, 'write'> & { readonly isTTY?: boolean }
}

export function createLog({ level, format, destination = process.stderr }: LogOptions): Logger {
  const options: LoggerOptions = { level, ...(format === 'json' && { timestamp: isoTime }) }
  if (format === 'json') return pino(options, destination)
  const colors = destination.isTTY === true
  return pino({ ...options, base: null }, { write: line => void destination.write(prettyLine(line, colors)) })
}

function isoTime(): string {
  return `,"time":"${new Date().toISOString()}"`
}
