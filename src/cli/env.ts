import { type EnvironmentInfo, RunItConnectionError } from '@run-it/sdk'
import type { Command } from 'commander'
import { formatBytes, formatMs } from '../config/units.ts'
import type { CliContext } from './context.ts'
import { type EngineOptions, startEngine } from './engine.ts'
import { addEnvNewCommand } from './env-new.ts'
import { addEnvPullCommand } from './env-pull.ts'
import { addEnvTestCommand } from './env-test.ts'
import { addServerOption, clientOf, namedServer } from './server-option.ts'
import { cleanCell, writeTable } from './table.ts'
import { agoText } from './time-text.ts'
import { write } from './write.ts'

interface EnvOptions extends EngineOptions {
  readonly json?: boolean
}

const examples = `
Examples:
  run-it env list
  run-it env show python
  run-it env pull go@1.16.3    fetch the image now, so that the first run need not wait
  run-it env new lab --image python:3.13 --dockerfile    an environment of your own
  run-it env test python go    prove that they work here

list and show ask the server; where none runs and none is named, an engine is started in this process.`

export function addEnvCommand(program: Command, context: CliContext): void {
  const command = program
    .command('env')
    .description('Shows environments, fetches their images, and proves that they work.')
    .addHelpText('after', examples)
  addServerOption(command.command('list'))
    .description('Lists the environments, their versions, and which are ready to start at once.')
    .option('--json', 'print JSON')
    .option('--environments <folder>', 'further environments for the engine of this process')
    .action(async (options: EnvOptions) => listEnvironments(options, context))
  addServerOption(command.command('show'))
    .description('Shows one environment.')
    .argument('<name>', 'its name or an alias')
    .option('--json', 'print JSON')
    .action(async (name: string, options: EnvOptions) => showEnvironment(name, options, context))
  addEnvPullCommand(command, context)
  addEnvNewCommand(command, context)
  addEnvTestCommand(command, context)
}

async function listEnvironments(options: EnvOptions, context: CliContext): Promise<void> {
  const environments = await readEnvironments(options, context)
  if (options.json) return write(context.stdout, `${JSON.stringify(environments, null, 2)}\n`)
  await writeTable(context.stdout, {
    columns: ['name', 'title', 'versions', 'ready', 'size', 'last used', 'extensions'],
    rows: environments.map(({ name, title, versions, ready, extensions }) => [
      name,
      title,
      versions.join(' '),
      ready.map(image => image.version).join(' ') || '-',
      sizeText(ready),
      lastUseText(ready),
      extensions.join(' '),
    ]),
  })
}

async function showEnvironment(name: string, options: EnvOptions, context: CliContext): Promise<void> {
  const environment = await withClient(options, context, client => client.environments.get(name))
  const text = options.json ? `${JSON.stringify(environment, null, 2)}\n` : describeEnvironment(environment)
  await write(context.stdout, text)
}

export function describeEnvironment(environment: EnvironmentInfo): string {
  const { limits, ready } = environment
  const facts: [string, string | undefined][] = [
    ['Name', [environment.name, ...environment.aliases].join(', ')],
    ['Title', environment.title],
    [
      'Versions',
      [environment.versions.join(', '), environment.allow && `also ${environment.allow}`].filter(Boolean).join('; '),
    ],
    ['Ready', ready.map(readyText).join(', ') || 'none: the first run fetches the image'],
    ['Extensions', environment.extensions.join(' ')],
    ['Main file', environment.main],
    [
      'Limits',
      `${formatMs(limits.wallTimeMs)}, ${formatBytes(limits.memoryBytes)} memory, ${limits.processes} processes`,
    ],
  ]
  return facts.map(([label, value = '']) => `${`${label}:`.padEnd(12)} ${cleanCell(value)}\n`).join('')
}

type Ready = EnvironmentInfo['ready']

function readyText(image: Ready[number]): string {
  return `${image.version} (${image.digest}, ${sizeText([image])}, last used ${lastUseText([image])})`
}

/** Of all together. */
function sizeText(ready: Ready): string {
  const sizes = ready.flatMap(image => image.sizeBytes ?? [])
  return sizes.length === 0 ? '-' : formatBytes(sizes.reduce((sum, bytes) => sum + bytes, 0))
}

function lastUseText(ready: Ready): string {
  const last = ready
    .flatMap(image => image.lastUsedAt ?? [])
    .toSorted()
    .at(-1)
  return last === undefined ? '-' : agoText(last)
}

function readEnvironments(options: EnvOptions, context: CliContext): Promise<EnvironmentInfo[]> {
  return withClient(options, context, client => client.environments.list())
}

/** Asks the server; where nobody named one and none runs, an engine of our own. */
async function withClient<T>(
  options: EnvOptions,
  context: CliContext,
  ask: (client: ReturnType<typeof clientOf>) => Promise<T>,
): Promise<T> {
  try {
    return await ask(clientOf(options, context))
  } catch (error) {
    if (!(error instanceof RunItConnectionError) || namedServer(options, context) !== undefined) throw error
  }
  await using engine = await startEngine({ ...options, knowsImages: true }, context)
  return await ask(engine.client)
}
