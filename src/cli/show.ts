import type { Run, Stage } from '@run-it/sdk'
import type { Command } from 'commander'
import { formatBytes, formatMs } from '../config/units.ts'
import type { CliContext } from './context.ts'
import { environmentText } from './list.ts'
import { describeOutcome } from './outcome-text.ts'
import { addServerOption, clientOf, type ServerOptions } from './server-option.ts'
import { cleanCell } from './table.ts'
import { describeSummary } from './test-line.ts'
import { write } from './write.ts'

interface ShowOptions extends ServerOptions {
  readonly json?: boolean
}

const examples = `
Examples:
  run-it show 01JD0000000000000000000000
  run-it show 01JD0000000000000000000000 --json | jq .outcome`

export function addShowCommand(program: Command, context: CliContext): void {
  const command = program
    .command('show')
    .description('Shows one run: its state, how it ended, and what it used.')
    .argument('<id>', 'the id of the run')
    .option('--json', 'print JSON, with the output')
  addServerOption(command)
    .addHelpText('after', examples)
    .action(async (id: string, options: ShowOptions) => {
      const run = await clientOf(options, context).runs.get(id)
      await write(context.stdout, options.json ? `${JSON.stringify(run, null, 2)}\n` : describeRun(run))
    })
}

export function describeRun(run: Run): string {
  const facts: [string, string | undefined][] = [
    ['Run', run.id],
    ['State', run.cancelRequested && run.state !== 'finished' ? `${run.state}, to be canceled` : run.state],
    ['Waiting', run.waiting?.detail],
    ['Outcome', run.outcome && describeOutcome(run.outcome)],
    ['Environment', environmentText(run)],
    ['Image', run.environment.digest],
    ['Pool', run.pool],
    ['Architecture', run.environment.architecture ?? run.architecture],
    ['Attempt', `${run.attempt} of ${run.maxAttempts}`],
    ['Labels', labelsText(run.labels)],
    ['Artifacts', artifactsText(run)],
    ['Created', run.createdAt],
    ['Started', run.startedAt],
    ['Finished', run.finishedAt],
    ['Tests', run.summary && describeSummary(run.summary)],
    ...run.stages.map((stage): [string, string] => [stageTitle(stage), describeStage(stage)]),
  ]
  return facts
    .filter(([, value]) => value !== undefined)
    .map(([name, value = '']) => `${`${name}:`.padEnd(15)} ${cleanCell(value)}\n`)
    .join('')
}

function artifactsText({ artifacts = [] }: Run): string | undefined {
  const bytes = artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0)
  return artifacts.length > 0 ? `${artifacts.length} (${formatBytes(bytes)})` : undefined
}

function labelsText(labels: Readonly<Record<string, string>>): string | undefined {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return pairs.length > 0 ? pairs.join(', ') : undefined
}

function stageTitle({ name, test }: Stage): string {
  return test === undefined ? `Stage ${name}` : `Test ${test.name}`
}

function describeStage({ test, outcome, usage, stdout, stderr, limitsHit }: Stage): string {
  const verdict =
    test === undefined ? [] : [test.detail === undefined ? test.verdict : `${test.verdict} (${test.detail})`]
  const parts = [...verdict, describeOutcome(outcome), `${formatMs(usage.wallTimeMs)} wall`]
  if (usage.cpuTimeMs !== undefined) parts.push(`${formatMs(usage.cpuTimeMs)} CPU`)
  if (usage.memoryPeakBytes !== undefined) parts.push(`${formatBytes(usage.memoryPeakBytes)} memory`)
  for (const [name, output] of [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const) {
    if (output.bytes > 0) parts.push(`${name} ${formatBytes(output.bytes)}${output.truncated ? ' (cut off)' : ''}`)
  }
  if (limitsHit.length > 0) parts.push(`limits hit: ${limitsHit.join(', ')}`)
  return parts.join(', ')
}
