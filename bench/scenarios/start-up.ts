import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Hello, helloOutput, prepareHellos } from '../hello.ts'
import { type Contender, interleave } from '../measure/interleave.ts'
import { summarize } from '../measure/summary.ts'
import { hasDockerCommand, timeDockerRun } from '../peers/docker-run.ts'
import type { Findings, Row, Scenario, ScenarioContext } from '../scenario.ts'
import { BenchServer } from '../server.ts'

const execute = promisify(execFile)
const launcher = fileURLToPath(new URL('../../run-it', import.meta.url))
const deadlineMs = 60_000

export const startUp: Scenario = {
  name: 'start-up',
  title: 'Starting',
  method:
    '`./run-it run hello.sh` from the start of the command to its end, in turns with `docker run` of the same program and with a Node that does nothing. ' +
    '*serve* is from the start of the process to its first answer, and until `/health/ready` says that programs can run.',
  deadlineMs: 5 * 60_000,
  run,
}

async function run(context: ScenarioContext): Promise<Findings> {
  const { isQuick, signal, temporaryFolder } = context
  const [hello] = await prepareHellos(temporaryFolder, signal, 'bash')
  if (hello === undefined) throw new Error('there is no environment bash')
  const ready: number[] = []
  const serve = async () => {
    await using server = await BenchServer.start({ temporaryFolder, signal })
    ready.push(server.startedMs.ready)
    return server.startedMs.live
  }
  const dockerRun = (await hasDockerCommand())
    ? [{ name: 'docker run', measure: () => timeDockerRun(hello, context) }]
    : []
  const contenders: readonly Contender[] = [
    { name: 'node, nothing', measure: () => timeCommand(process.execPath, ['--eval', ''], '', signal) },
    { name: './run-it --version', measure: () => timeCommand(launcher, ['--version'], undefined, signal) },
    { name: './run-it run', measure: () => timeCommand(launcher, ['run', fileOf(hello)], helloOutput, signal) },
    ...dockerRun,
    { name: 'serve, to its first answer', measure: serve },
  ]
  const rounds = isQuick ? 5 : 20
  const onRound = (round: number) => context.say(`round ${round} of ${rounds}`)
  const samples = await interleave(contenders, { rounds, warmUpRounds: 1, signal, onRound })
  const rows = [...samples].map(([what, values]) => ({ what, unit: 'ms', summary: summarize(values) }) satisfies Row)
  const median = (name: string) => rows.find(({ what }) => what === name)?.summary.median ?? Number.NaN
  const against = (name: string) => ({
    what: `./run-it run, against ${name}`,
    value: median('./run-it run') / median(name),
  })
  return {
    rows: [...rows, { what: 'serve, until it is ready', unit: 'ms', summary: summarize(ready.slice(1)) }],
    ratios: [against('node, nothing'), ...(dockerRun.length > 0 ? [against('docker run')] : [])],
    targets: [],
    notes: [],
  }
}

function fileOf(hello: Hello): string {
  return join(hello.folder, 'main.sh')
}

async function timeCommand(
  file: string,
  argv: readonly string[],
  expected: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now()
  const child = execute(file, [...argv], { timeout: deadlineMs, signal })
  child.child.stdin?.end()
  const { stdout } = await child
  const ms = performance.now() - startedAt
  if (expected !== undefined && stdout !== expected) throw new Error(`${file} printed something else: ${stdout}`)
  return ms
}
