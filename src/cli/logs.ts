import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { Interruption } from './interruption.ts'
import { printEvents } from './print-events.ts'
import { createProgressView } from './progress-view.ts'
import { addServerOption, clientOf, type ServerOptions } from './server-option.ts'
import { write } from './write.ts'

interface LogsOptions extends ServerOptions {
  readonly follow?: boolean
}

const examples = `
Examples:
  run-it logs 01JD0000000000000000000000             what it has written so far
  run-it logs --follow 01JD0000000000000000000000    until it is finished; Ctrl-C leaves it running
  run-it logs 01JD0000000000000000000000 2>/dev/null only its stdout`

export function addLogsCommand(program: Command, context: CliContext): void {
  const command = program
    .command('logs')
    .description("Prints a run's output: its stdout to stdout, its stderr to stderr.")
    .argument('<id>', 'the id of the run')
    .option('-f, --follow', 'go on until the run is finished')
  addServerOption(command)
    .addHelpText('after', examples)
    .action(async (id: string, options: LogsOptions) => {
      if (options.follow) await followLogs(id, options, context)
      else await printLogs(id, options, context)
    })
}

async function printLogs(id: string, options: LogsOptions, context: CliContext): Promise<void> {
  const client = clientOf(options, context)
  const [stdout, stderr] = await Promise.all([client.runs.stdout(id), client.runs.stderr(id)])
  await write(context.stderr, stderr)
  await write(context.stdout, stdout)
}

async function followLogs(id: string, options: LogsOptions, context: CliContext): Promise<void> {
  using interruption = new Interruption(context)
  using view = createProgressView(context.stderr)
  const events = clientOf(options, context).runs.events(id, { signal: interruption.signal })
  await printEvents(events, context, { view, printsOutput: true })
}
