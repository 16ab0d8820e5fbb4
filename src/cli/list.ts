import type { Run, RunFilter } from '@run-it/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatMs } from '../config/units.ts'
import type { CliContext } from './context.ts'
import { describeOutcome } from './outcome-text.ts'
import { addServerOption, clientOf, type ServerOptions } from './server-option.ts'
import { writeTable } from './table.ts'
import { agoText } from './time-text.ts'
import { write } from './write.ts'

interface ListOptions extends ServerOptions {
  readonly state?: RunFilter['state']
  readonly outcome?: RunFilter['outcome']
  readonly env?: string
  readonly label?: string
  readonly limit: number
  readonly json?: boolean
}

const examples = `
Examples:
  run-it list                                    the newest 20 runs
  run-it list --state running                    what runs now
  run-it list --outcome timed-out --limit 100
  run-it list --env go --json | jq '.[].id'

In a pipe the columns are separated by tabs, without a heading.`

const states = ['queued', 'preparing', 'running', 'finished']
const outcomes = ['exited', 'signaled', 'timed-out', 'out-of-memory', 'compile-failed', 'canceled', 'failed']

export function addListCommand(program: Command, context: CliContext): void {
  const command = program
    .command('list')
    .description('Lists the runs of a server, newest first.')
    .addOption(new Option('--state <state>', 'only runs in this state').choices(states))
    .addOption(new Option('--outcome <outcome>', 'only runs that ended so').choices(outcomes))
    .option('--env <name>', 'only runs of this environment')
    .option('--label <name=value>', 'only runs with this label')
    .option('--limit <number>', 'how many at most', parseLimit, 20)
    .option('--json', 'print JSON')
  addServerOption(command)
    .addHelpText('after', examples)
    .action(async (options: ListOptions) => list(options, context))
}

async function list(options: ListOptions, context: CliContext): Promise<void> {
  const { state, outcome, env: environment, label, limit } = options
  const client = clientOf(options, context)
  const runs: Run[] = []
  for await (const run of client.runs.all({ state, outcome, environment, label, limit: Math.min(limit, 100) })) {
    runs.push(run)
    if (runs.length >= limit) break
  }
  if (options.json) return write(context.stdout, `${JSON.stringify(runs, null, 2)}\n`)
  if (runs.length === 0 && context.stdout.isTTY) return write(context.stdout, 'There are no such runs.\n')
  const isForPeople = context.stdout.isTTY === true
  await writeTable(context.stdout, {
    columns: ['id', 'state', 'outcome', 'environment', 'took', 'created'],
    rows: runs.map(run => [
      run.id,
      run.state,
      run.outcome ? describeOutcome(run.outcome) : '-',
      environmentText(run),
      tookText(run),
      isForPeople ? agoText(run.createdAt) : run.createdAt,
    ]),
  })
}

export function environmentText({ environment }: Run): string {
  return environment.name ? `${environment.name}@${environment.version}` : environment.requested
}

function tookText(run: Run): string {
  if (!run.startedAt || !run.finishedAt) return '-'
  return formatMs(Date.parse(run.finishedAt) - Date.parse(run.startedAt))
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.')
}
