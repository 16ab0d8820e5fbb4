import { type Run, RunItConnectionError } from '@run-it/sdk'
import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { Interruption } from './interruption.ts'
import { exitCodeOf, remarksOn } from './outcome-text.ts'
import { printEvents } from './print-events.ts'
import { createProgressView } from './progress-view.ts'
import { addServerOption, clientOf, type ServerOptions } from './server-option.ts'
import { talkToRun } from './talk-to-run.ts'
import { write } from './write.ts'

interface AttachOptions extends ServerOptions {
  readonly watch?: boolean
}

const examples = `
Examples:
  run-it attach 01JD0000000000000000000000          type into a run that was made with -i, or by the API
  run-it attach --watch 01JD0000000000000000000000  only look on

What it has written so far is shown first. Ctrl-] three times, or Ctrl-C where we only watch, leaves the run alone.
While another client writes we watch; when it goes, we write.
Otherwise the exit code is that of the program.`

export function addAttachCommand(program: Command, context: CliContext): void {
  const command = program
    .command('attach')
    .description('Talks to a run while it runs. One client writes, others watch.')
    .argument('<id>', 'the id of the run')
    .option('--watch', 'do not ask to write')
  addServerOption(command)
    .addHelpText('after', examples)
    .action(async (id: string, options: AttachOptions) => {
      context.exitCode = await attach(id, options, context)
    })
}

async function attach(id: string, options: AttachOptions, context: CliContext): Promise<number> {
  const client = clientOf(options, context)
  using interruption = new Interruption(context)
  const run = await client.runs.get(id, { signal: interruption.signal })
  const left = new AbortController()
  const signal = AbortSignal.any([left.signal, interruption.signal])
  const watches = options.watch === true || !takesInput(run)
  if (watches && !options.watch) await write(context.stderr, `run-it: ${whyNoInput(run)}; we only watch\n`)
  const events = talkToRun(client, id, {
    isRaw: run.tty && context.stdin.isTTY === true,
    watches,
    escapeText: 'leaves the run alone',
    onEscape: () => left.abort(new LeftAlone()),
    signal,
    context,
  })
  const finished = await show(events, context).catch(error => leave(error, id, context))
  if (finished === undefined) return 0
  for (const remark of remarksOn(finished)) await write(context.stderr, `run-it: ${remark}\n`)
  return finished.outcome ? exitCodeOf(finished.outcome) : 0
}

function takesInput(run: Run): boolean {
  return run.interactive && run.state !== 'finished'
}

function whyNoInput(run: Run): string {
  return run.state === 'finished' ? 'the run is over' : 'the run takes no input while it runs'
}

class LeftAlone extends Error {}

async function show(events: ReturnType<typeof talkToRun>, context: CliContext): Promise<Run> {
  using view = createProgressView(context.stderr)
  return await printEvents(events, context, { view, printsOutput: true })
}

/** Undefined when we left on purpose. */
async function leave(error: unknown, id: string, context: CliContext): Promise<undefined> {
  if (!(error instanceof LeftAlone) && !(error instanceof RunItConnectionError)) throw error
  await write(context.stderr, `run-it: the run goes on without us; come back with: run-it attach ${id}\n`)
  if (error instanceof LeftAlone) return undefined
  throw error
}
