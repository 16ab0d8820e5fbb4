import { helloOutput, prepareHellos } from '../hello.ts'
import { summarize } from '../measure/summary.ts'
import { measureEngineCeiling } from '../peers/engine-ceiling.ts'
import type { Findings, Scenario, ScenarioContext } from '../scenario.ts'
import { BenchServer } from '../server.ts'

/** So many requests wait for each slot that none is ever idle. */
const requestsPerSlot = 2

export const throughput: Scenario = {
  name: 'throughput',
  title: 'Sustained runs per second, each in a fresh container',
  method:
    'A server with as many slots as the concurrency says, and twice as many clients that post `bash` hellos with `Prefer: wait`, each as soon as ' +
    'its last one was answered. The *ceiling* is the same number of loops that create, start and remove a container with the profile of a ' +
    'sandbox and do nothing else. Both take turns, some seconds each.',
  deadlineMs: 15 * 60_000,
  run,
}

async function run(context: ScenarioContext): Promise<Findings> {
  const { isQuick, signal, temporaryFolder } = context
  const [hello] = await prepareHellos(temporaryFolder, signal, 'bash')
  if (hello === undefined) throw new Error('there is no environment bash')
  const durationMs = isQuick ? 3_000 : 8_000
  const rounds = isQuick ? 1 : 3
  const rows: Findings['rows'][number][] = []
  const ratios: Findings['ratios'][number][] = []
  for (const concurrency of isQuick ? [1, 4] : [1, 2, 4, 8, 16]) {
    const connections = concurrency * requestsPerSlot
    const flags = ['--slots', String(concurrency)]
    await using server = await BenchServer.start({ temporaryFolder, signal, flags, connections })
    const program = { environment: hello.environment, source: hello.source }
    const ours: number[] = []
    const ceiling: number[] = []
    await server.connection.timeRun(program, helloOutput, signal)
    for (let round = 0; round < rounds; round += 1) {
      context.say(`concurrency ${concurrency}, round ${round + 1} of ${rounds}`)
      ours.push(
        await completeRuns(connections, durationMs, () => server.connection.timeRun(program, helloOutput, signal)),
      )
      ceiling.push(await measureEngineCeiling({ image: hello.image, concurrency, durationMs }, context))
    }
    const [run, most] = [summarize(ours), summarize(ceiling)]
    rows.push({ what: `run-it, concurrency ${concurrency}`, unit: 'runs/s', summary: run })
    rows.push({ what: `ceiling, concurrency ${concurrency}`, unit: 'runs/s', summary: most })
    ratios.push({ what: `concurrency ${concurrency}, against the ceiling`, value: run.median / most.median })
  }
  const least = Math.min(...ratios.map(({ value }) => value))
  return {
    rows,
    ratios,
    targets: [{ name: 'throughput', value: least }],
    notes: ['The target is held against the least of the ratios.'],
  }
}

/** Runs per second, of all that began in the given time. */
async function completeRuns(clients: number, durationMs: number, runOne: () => Promise<number>): Promise<number> {
  const startedAt = performance.now()
  let count = 0
  const client = async () => {
    while (performance.now() - startedAt < durationMs) {
      await runOne()
      count += 1
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return count / ((performance.now() - startedAt) / 1000)
}
