import { RunItClient } from '@run-it/sdk'
import { type Command, Option } from 'commander'
import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'

export interface ServerOptions {
  readonly server?: string
}

const defaultServer = 'http://127.0.0.1:8080'

/** Adds `--server`, for the commands that talk to a server. */
export function addServerOption(command: Command): Command {
  const text = `address of the server (default: $RUN_IT_SERVER or ${defaultServer})`
  return command.addOption(new Option('--server <url>', text))
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
  return new RunItClient({ baseUrl, fetch: context.fetch, token: context.variables.RUN_IT_TOKEN || undefined })
}
