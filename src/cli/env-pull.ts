import type { Operation, RunItClient } from '@run-it/sdk'
import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { type EngineOptions, engineSettings } from './engine.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import { Interruption } from './interruption.ts'
import { createProgressView, type ProgressView } from './progress-view.ts'
import { addServerOption, clientOf, namedServer } from './server-option.ts'
import { write } from './write.ts'

type Ready = { readonly name: string; readonly version: string; readonly digest: string }

export function addEnvPullCommand(env: Command, context: CliContext): void {
  addServerOption(env.command('pull'))
    .description("Makes an environment's image present: pulls it, or builds it where no registry can be reached.")
    .argument('<name[@version]>', 'the environment')
    .option('--environments <folder>', 'further environments')
    .option('--config <file>', 'settings for the engine of this process')
    .addHelpText('after', '\nWith --server (or RUN_IT_SERVER) the server does it, and its progress is shown here.')
    .action(async (name: string, options: EngineOptions) => pullEnvironment(name, options, context))
}

async function pullEnvironment(name: string, options: EngineOptions, context: CliContext): Promise<void> {
  using interruption = new Interruption(context)
  using view = createProgressView(context.stderr)
  const { signal } = interruption
  const isElsewhere = namedServer(options, context) !== undefined
  const ready = isElsewhere
    ? await pullThere(clientOf(options, context), name, view, signal)
    : await pullHere(name, options, { context, view, signal })
  view.clear()
  await write(context.stdout, `${ready.name}@${ready.version}\t${ready.digest}\n`)
}

async function pullHere(
  name: string,
  options: EngineOptions,
  {
    context,
    view,
    signal,
  }: { readonly context: CliContext; readonly view: ProgressView; readonly signal: AbortSignal },
): Promise<Ready> {
  const { settings, observer } = await engineSettings(options, context)
  const { prepareEnvironment } = await context.loadApp()
  return await prepareEnvironment(settings, observer, name, progress => view.show(progress), signal)
}

async function pullThere(client: RunItClient, name: string, view: ProgressView, signal: AbortSignal): Promise<Ready> {
  const { id } = await client.environments.pull(name, { signal })
  for await (const event of client.operations.events(id, { signal })) {
    if (event.type === 'progress') view.show(event.progress)
  }
  const operation: Operation = await client.operations.get(id, { signal })
  const { outcome } = operation
  if (outcome?.kind === 'succeeded') return outcome.environment
  view.clear()
  const detail = outcome?.detail ?? 'the server ended it without an outcome'
  throw new CommandError(exitCodes.unavailable, `${name}: ${detail}`)
}
