import { type Key, type KeySubmission, type RunItClient, RunItConnectionError } from '@run-it/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import { keyDesk } from './key-desk.ts'
import { keyLimits } from './key-limits.ts'
import { addServerOption, clientOf, namedServer, type ServerOptions } from './server-option.ts'
import { cleanCell, writeTable } from './table.ts'
import { agoText } from './time-text.ts'
import { write } from './write.ts'

interface KeysOptions extends ServerOptions {
  readonly dataDirectory?: string
  readonly config?: string
  readonly json?: boolean
}

interface CreateOptions extends KeysOptions {
  readonly scope: readonly KeyScope[]
  readonly maxConcurrent?: number
  readonly perMinute?: number
  readonly limit: readonly string[]
  readonly environment: readonly string[]
  readonly pool: readonly string[]
  readonly network?: boolean
}

type KeyScope = Key['scopes'][number]

const scopes: readonly KeyScope[] = ['run', 'read', 'metrics', 'admin']

const examples = `
Examples:
  run-it keys create ops --scope admin             the first key: it can make the others
  run-it keys create shop --max-concurrent 4 --per-minute 60 --environment python --environment 'go@1.19.*'
  run-it keys create ci --limit memory=512MiB --limit wall-time=10s > ci.key
  run-it keys list
  run-it keys revoke 01JD0000000000000000000000

From the first key on, every request needs one: RUN_IT_KEY, RUN_IT_KEY_FILE or --key-file. The key is printed once.
They ask the server, with a key of the scope admin. Where none is named and none runs, they open the data directory
themselves: whoever may read its files needs no key. So a lost admin key can be replaced: stop the server, make another.`

export function addKeysCommand(program: Command, context: CliContext): void {
  const command = program
    .command('keys')
    .description('Makes, lists and revokes the API keys of a server.')
    .addHelpText('after', examples)
  addKeysOptions(command.command('create'))
    .description('Makes a key and prints it, once.')
    .argument('<name>', 'what people call it')
    .option('--scope <scope>', `what it may do: ${scopes.join(', ')} (default: run and read)`, collectScope, [])
    .option('--max-concurrent <number>', 'its runs at the same time; further ones wait', wholeNumber)
    .option('--per-minute <number>', 'runs that it may submit in a minute', wholeNumber)
    .option('--limit <name=value>', 'a ceiling of its runs: memory=512MiB, wall-time=10s', collect, [])
    .option('--environment <pattern>', "an environment that it may use: python, 'go@1.19.*'", collect, [])
    .option('--pool <name>', 'a pool that it may use, such as gpu; may be repeated', collect, [])
    .option('--network', 'its runs may use the network, where the installation lets any')
    .action(async (name: string, options: CreateOptions) => createKey(name, options, context))
  addKeysOptions(command.command('list'))
    .description('Lists the keys, newest first. Their secrets are kept nowhere.')
    .action(async (options: KeysOptions) => listKeys(options, context))
  addKeysOptions(command.command('revoke'))
    .description('Revokes keys: from then on they open nothing. Their runs go on.')
    .argument('<id...>', 'ids of keys, as `keys list` prints them')
    .action(async (ids: string[], options: KeysOptions) => revokeKeys(ids, options, context))
}

function addKeysOptions(command: Command): Command {
  return addServerOption(command)
    .option('--data-directory <folder>', 'open this data directory instead of asking a server')
    .option('--config <file>', 'settings that name the data directory')
    .option('--json', 'print JSON')
}

async function createKey(name: string, options: CreateOptions, context: CliContext): Promise<void> {
  const submission: KeySubmission = {
    name,
    ...(options.scope.length > 0 && { scopes: [...options.scope] }),
    ...(options.maxConcurrent && { maxConcurrentRuns: options.maxConcurrent }),
    ...(options.perMinute && { runsPerMinute: options.perMinute }),
    ...(options.limit.length > 0 && { limits: keyLimits(options.limit) }),
    ...(options.environment.length > 0 && { environments: [...options.environment] }),
    ...(options.pool.length > 0 && { pools: [...options.pool] }),
    ...(options.network && { network: true }),
  }
  const key = await withClient(options, context, client => client.keys.create(submission))
  if (options.json) return write(context.stdout, `${JSON.stringify(key, null, 2)}\n`)
  await write(
    context.stderr,
    `Made the key ${key.id} (${cleanCell(key.name)}). Keep what follows: it is not shown again.\n`,
  )
  await write(context.stdout, `${key.secret}\n`)
}

async function listKeys(options: KeysOptions, context: CliContext): Promise<void> {
  const keys = await withClient(options, context, async client => {
    const all: Key[] = []
    for await (const key of client.keys.all()) all.push(key)
    return all
  })
  if (options.json) return write(context.stdout, `${JSON.stringify(keys, null, 2)}\n`)
  const isForPeople = context.stdout.isTTY === true
  await writeTable(context.stdout, {
    columns: ['id', 'name', 'scopes', 'at once', 'per minute', 'environments', 'state', 'created'],
    rows: keys.map(key => [
      key.id,
      key.name,
      key.scopes.join(' '),
      String(key.maxConcurrentRuns ?? '-'),
      String(key.runsPerMinute ?? '-'),
      key.environments?.join(' ') ?? 'all',
      key.revokedAt ? 'revoked' : 'valid',
      isForPeople ? agoText(key.createdAt) : key.createdAt,
    ]),
  })
}

async function revokeKeys(ids: readonly string[], options: KeysOptions, context: CliContext): Promise<void> {
  await withClient(options, context, async client => {
    for (const id of ids) {
      await client.keys.revoke(id)
      await write(context.stdout, `${cleanCell(id)}\trevoked\n`)
    }
  })
}

/** The server that is named or runs; else the data directory, which nobody has open then. */
async function withClient<T>(
  options: KeysOptions,
  context: CliContext,
  ask: (client: RunItClient) => Promise<T>,
): Promise<T> {
  const named = namedServer(options, context)
  if (options.dataDirectory === undefined && options.config === undefined) {
    try {
      return await ask(clientOf(options, context))
    } catch (error) {
      if (!(error instanceof RunItConnectionError) || named !== undefined) throw error
    }
  } else if (options.server !== undefined) {
    throw new CommandError(exitCodes.usage, '--server: a data directory needs no server; name one of them')
  }
  await using desk = await keyDesk(options, context)
  return await ask(desk.client)
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new InvalidArgumentError('It must be a whole number from 1.')
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function collectScope(value: string, before: readonly KeyScope[]): readonly KeyScope[] {
  const scope = scopes.find(known => known === value)
  if (scope === undefined) throw new InvalidArgumentError(`Known are ${scopes.join(', ')}.`)
  return [...before, scope]
}
