import type { Limits, RunSubmission } from '@run-it/sdk'
import { parseBytes, parseMs } from '../config/units.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import type { TestOptions } from './read-tests.ts'
import type { ServerOptions } from './server-option.ts'

/** The options of `run-it run` as commander gives them. */
export interface RunOptions extends ServerOptions, TestOptions {
  readonly env?: string
  readonly main?: string
  readonly stdin?: string
  readonly arg: readonly string[]
  readonly timeout?: string
  readonly memory?: string
  readonly var: readonly string[]
  readonly interactive?: boolean
  /** Undefined where neither `--tty` nor `--no-tty` was given. */
  readonly tty?: boolean
  readonly pool?: string
  readonly json?: boolean
  readonly artifact: readonly string[]
  readonly out?: string
  readonly force?: boolean
  readonly config?: string
  readonly environments?: string
  readonly compileCommand?: string
  readonly runCommand?: string
}

/** Only what was asked for: the rest is the environment's. Ranges are the server's to check. */
export function limitsOf(options: RunOptions): Partial<Limits> {
  return {
    ...(options.timeout !== undefined && timeLimits(options.timeout)),
    ...(options.memory !== undefined && { memoryBytes: memoryLimit(options.memory) }),
  }
}

/** CPU time as well, because its default could end the program before the time that was asked for. */
function timeLimits(text: string): Partial<Limits> {
  const ms = parseMs(text, 's')
  if (!ms) throw usage(`--timeout: must be a time such as 10, 500ms or 2m, not "${text}"`)
  return { wallTimeMs: ms, cpuTimeMs: ms }
}

function memoryLimit(text: string): number {
  const bytes = parseBytes(text)
  if (!bytes) throw usage(`--memory: must be a size such as 256MiB or 1g, not "${text}"`)
  return bytes
}

/** Patterns of the files to keep. A folder for them alone means all that the program makes. */
export function artifactsOf({ artifact, out }: RunOptions): readonly string[] {
  return artifact.length === 0 && out !== undefined ? ['**'] : artifact
}

export function variablesOf(options: RunOptions): Record<string, string> {
  return Object.fromEntries(
    options.var.map(pair => {
      const equals = pair.indexOf('=')
      if (equals < 1) throw usage(`--var: must be NAME=VALUE, not "${pair}"`)
      return [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )
}

/** A project's own commands. What is absent is the environment's; an empty one means that nothing is compiled. */
export function commandsOf({ compileCommand, runCommand }: RunOptions): Pick<RunSubmission, 'compile' | 'run'> {
  return {
    ...(compileCommand !== undefined && { compile: { command: commandOf('--compile-command', compileCommand) } }),
    ...(runCommand !== undefined && { run: { command: commandOf('--run-command', runCommand) } }),
  }
}

/** No shell reads it: words with spaces between, or a JSON list where a word has more in it than that. */
function commandOf(option: string, text: string): string[] {
  if (!text.trimStart().startsWith('[')) {
    const special = /["'\\$`|&;<>*]/.exec(text)?.[0]
    if (special === undefined) return text.split(/\s+/).filter(word => word !== '')
    throw usage(`${option}: no shell reads it, so ${special} means nothing; write a list: '["make", "all"]'`)
  }
  const list = parseJson(text)
  if (Array.isArray(list) && list.every(word => typeof word === 'string')) return list
  throw usage(`${option}: must be words such as make all, or a JSON list of strings such as '["make", "all"]'`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What stands after `--` belongs to the program; commander puts it behind the files without a mark. */
export function splitOperands(
  operands: readonly string[],
  rawArguments: readonly string[],
): { readonly files: readonly string[]; readonly args: readonly string[] } {
  const mark = rawArguments.indexOf('--')
  const args = mark < 0 ? [] : rawArguments.slice(mark + 1)
  const files = operands.slice(0, operands.length - args.length)
  if (files.length === 0) throw usage('name the file to run: run-it run FILE… -- ARGS…')
  return { files, args }
}

function usage(message: string): CommandError {
  return new CommandError(exitCodes.usage, message)
}
