import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { RunItClient } from '@run-it/sdk'
import { type Command, Option } from 'commander'
import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'

export interface ServerOptions {
  readonly server?: string
  readonly key?: string
  readonly keyFile?: string
}

const defaultServer = 'http://127.0.0.1:8080'

/** A key is a line, not a document. */
const maxKeyFileBytes = 4096

/** Adds `--server`, `--key` and `--key-file`, for the commands that talk to a server. */
export function addServerOption(command: Command): Command {
  const text = `address of the server (default: $RUN_IT_SERVER or ${defaultServer})`
  return command
    .addOption(new Option('--server <url>', text))
    .addOption(new Option('--key <key>', 'API key; everybody on this machine can read it here (default: $RUN_IT_KEY)'))
    .addOption(new Option('--key-file <file>', 'file with the API key (default: $RUN_IT_KEY_FILE)').conflicts('key'))
}

/** The server that was named by flag or variable; undefined when none was. */
export function namedServer(options: ServerOptions, context: CliContext): string | undefined {
  const server = options.server ?? (context.variables.RUN_IT_SERVER || undefined)
  if (server === undefined) return undefined
  const origin = options.server === undefined ? 'RUN_IT_SERVER' : '--server'
  if (!/^https?:\/\/./.test(server) || !URL.canParse(server)) {
    throw new CommandError(exitCodes.usage, `${origin}: must be an address such as ${defaultServer}, not "${server}"`)
  }
  return server
}

export function clientOf(options: ServerOptions, context: CliContext): RunItClient {
  const baseUrl = namedServer(options, context) ?? defaultServer
  return new RunItClient({ baseUrl, fetch: context.fetch, key: keyOf(options, context) })
}

/** Flag over variable; within each, the key itself over the file that has it. */
function keyOf({ key, keyFile }: ServerOptions, context: CliContext): string | undefined {
  if (key !== undefined) return key
  if (keyFile !== undefined) return readKey(keyFile, '--key-file', context)
  const { RUN_IT_KEY, RUN_IT_KEY_FILE } = context.variables
  if (RUN_IT_KEY) return RUN_IT_KEY
  return RUN_IT_KEY_FILE ? readKey(RUN_IT_KEY_FILE, 'RUN_IT_KEY_FILE', context) : undefined
}

function readKey(file: string, origin: string, context: CliContext): string {
  const path = resolve(context.folder, file)
  try {
    if (statSync(path).size > maxKeyFileBytes) throw new Error(`larger than ${maxKeyFileBytes} bytes`)
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(exitCodes.noInput, `${origin}: cannot read ${file}: ${reason}`)
  }
}
