import { setTimeout as pause } from 'node:timers/promises'
import { type Hello, helloOutput, prepareHellos } from '../hello.ts'
import { Exchange } from '../measure/exchange.ts'
import { type Contender, interleave } from '../measure/interleave.ts'
import { summarize } from '../measure/summary.ts'
import { BareProcess } from '../peers/bare-process.ts'
import { hasDockerCommand, timeDockerRun } from '../peers/docker-run.ts'
import { timeEngineApi } from '../peers/engine-api.ts'
import type { Findings, Ratio, Row, Scenario, ScenarioContext } from '../scenario.ts'
import { BenchServer } from '../server.ts'
import type { TargetName } from '../targets.ts'
import { availableModes, type Mode, usualMode } from '../warm-modes.ts'

/** What takes a container's whole life is measured in every n-th round. */
const slowEvery = 5
/** After each sample: containers are removed and warm ones made, and that is to be in nobody's time. */
const settleMs = 400

const targetNames: Readonly<Record<string, { readonly median: TargetName; readonly p99?: TargetName }>> = {
  python: { median: 'python-median', p99: 'python-p99' },
  javascript: { median: 'javascript-median' },
  c: { median: 'c-median' },
}

/** One scenario for each environment. */
export function latency(environment: string): Scenario {
  return {
    name: `latency-${environment}`,
    title: `From the request to the result: ${environment}`,
    method:
      'One client posts the environment’s `hello` with `Prefer: wait` and reads the answer; nothing else runs. It is a small program in C, so that ' +
      'its own time is not in the numbers. *bare process* is the same program in a container of the same image that stays, timed inside the ' +
      'container by another one, so nothing of the engine’s is in it. *docker run* is ' +
      'the command line, and *create, start, wait, logs* what a straightforward implementation asks of the Engine API. All take turns, with ' +
      `a pause of ${settleMs} ms after each.`,
    deadlineMs: 15 * 60_000,
    run: context => run(environment, context),
  }
}

async function run(environment: string, context: ScenarioContext): Promise<Findings> {
  const { signal, isQuick } = context
  const [hello] = await prepareHellos(context.temporaryFolder, signal, environment)
  if (hello === undefined) throw new Error(`there is no environment ${environment}`)
  await using servers = new AsyncDisposableStack()
  const ours: Contender[] = []
  for (const mode of availableModes()) ours.push(await startOurs(mode, hello, context, servers))
  const bare = servers.use(await BareProcess.start(hello, context))
  const dockerRun = (await hasDockerCommand()) ? [peer('docker run', () => timeDockerRun(hello, context))] : []
  const api = peer('create, start, wait, logs', () => timeEngineApi(hello, context))
  const contenders = [
    { name: 'bare process', measure: (callSignal: AbortSignal) => bare.measure(callSignal) },
    ...ours,
    ...dockerRun,
    api,
  ]
  const rounds = isQuick ? 10 : targetNames[environment]?.p99 === undefined ? 50 : 150
  const samples = await interleave(contenders, {
    rounds,
    warmUpRounds: isQuick ? 1 : 3,
    signal,
    settle: async () => await pause(settleMs, undefined, { signal }),
    onRound: round => context.say(`round ${round} of ${rounds}`),
  })
  return findings(environment, samples)
}

async function startOurs(
  mode: Mode,
  hello: Hello,
  context: ScenarioContext,
  servers: AsyncDisposableStack,
): Promise<Contender> {
  const { temporaryFolder, signal } = context
  const server = servers.use(await BenchServer.start({ temporaryFolder, signal, flags: mode.flags }))
  const client = servers.use(await Exchange.connect(server.connection.url, temporaryFolder))
  const program = { environment: hello.environment, source: hello.source }
  return {
    name: `run-it, ${mode.name}`,
    every: mode.name === 'cold' && availableModes().length > 1 ? slowEvery : 1,
    measure: callSignal => client.timeRun(program, helloOutput, callSignal),
  }
}

function peer(name: string, measure: () => Promise<number>): Contender {
  return { name, every: slowEvery, measure }
}

function findings(environment: string, samples: ReadonlyMap<string, readonly number[]>): Findings {
  const rows = [...samples].map(([what, values]) => ({ what, unit: 'ms', summary: summarize(values) }) satisfies Row)
  const of = (name: string) => rows.find(({ what }) => what === name)?.summary
  const bare = of('bare process')
  const ours = of(`run-it, ${usualMode().name}`)
  const ratios: Ratio[] = []
  for (const { what, summary } of rows) {
    if (bare !== undefined && what !== 'bare process') {
      ratios.push({ what: `${what}, against the bare process, p50`, value: summary.median / bare.median })
    }
  }
  const dockerRun = of('docker run')
  const names = targetNames[environment]
  if (ours === undefined || bare === undefined || names === undefined) return { rows, ratios, targets: [], notes: [] }
  const targets: { name: TargetName; value: number }[] = [{ name: names.median, value: ours.median / bare.median }]
  if (names.p99 !== undefined) {
    targets.push({ name: names.p99, value: ours.p99 / bare.p99 })
    ratios.push({ what: 'run-it, against the bare process, p99', value: ours.p99 / bare.p99 })
    if (dockerRun !== undefined) targets.push({ name: 'python-docker-run', value: ours.median / dockerRun.median })
  }
  return { rows, ratios, targets, notes: [] }
}
