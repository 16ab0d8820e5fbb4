import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import { Interruption } from './interruption.ts'
import { printEvents } from './print-events.ts'
import { createProgressView } from './progress-view.ts'
import { addServerOption, clientOf, type ServerOptions } from './server-option.ts'
import { write } from './write.ts'

interface LogsOptions extends ServerOptions {
  readonly follow?: boolean
  readonly test?: string
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
    .option('--test <number>', 'only the output of this test, from 1')
  addServerOption(command)
    .addHelpText('after', examples)
    .action(async (id: string, options: LogsOptions) => {
      if (options.follow) await followLogs(id, options, context)
      else await printLogs(id, options, context)
    })
}

async function printLogs(id: string, options: LogsOptions, context: CliContext): Promise<void> {
  const client = clientOf(options, context)
  const select = options.test === undefined ? {} : { test: testIndex(options.test) }
  const [stdout, stderr] = await Promise.all([client.runs.stdout(id, select), client.runs.stderr(id, select)])
  await write(context.stderr, stderr)
  await write(context.stdout, stdout)
}

function testIndex(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number - 1
  throw new CommandError(exitCodes.usage, `--test: must be a number from 1, not "${text}"`)
}

async function followLogs(id: string, options: LogsOptions, context: CliContext): Promise<void> {
  using interruption = new Interruption(context)
  using view = createProgressView(context.stderr)
  const events = clientOf(options, context).runs.events(id, { signal: interruption.signal })
  await printEvents(events, context, { view, printsOutput: true })
}
