import { peakMemoryBytes, residentMemoryBytes } from '../measure/machine.ts'
import { summarize } from '../measure/summary.ts'
import type { Findings, Row, Scenario, ScenarioContext } from '../scenario.ts'
import { BenchServer } from '../server.ts'
import type { ServerConnection } from '../server-connection.ts'

const connections = 64
const program = { environment: 'bash', source: 'echo hello' }
const pageSize = 100

export const burst: Scenario = {
  name: 'burst',
  title: 'A burst of 5,000 runs',
  method:
    `One client posts as fast as it can over ${connections} connections, while the server also works the runs off. Then all runs of the server are ` +
    'listed and compared with the acknowledged ones. Memory is the most that was ever resident of the server’s process, as the kernel tells it.',
  deadlineMs: 3 * 60_000,
  run,
}

async function run(context: ScenarioContext): Promise<Findings> {
  const { isQuick, signal, temporaryFolder } = context
  const count = isQuick ? 1_000 : 5_000
  await using server = await BenchServer.start({ temporaryFolder, signal, connections })
  const { connection } = server
  const idleBytes = residentMemoryBytes(server.processId)
  context.say(`posting ${count} runs`)
  const startedAt = performance.now()
  const { ids, samples } = await postAll(connection, count, signal)
  const seconds = (performance.now() - startedAt) / 1000
  const peakBytes = peakMemoryBytes(server.processId)
  context.say('looking for each of them')
  const lost = await countLost(connection, ids, signal)
  const memory: Row[] =
    peakBytes === undefined ? [] : [{ what: 'most memory of the server', unit: 'MB', value: peakBytes / 1e6 }]
  if (idleBytes !== undefined) memory.push({ what: 'its memory before', unit: 'MB', value: idleBytes / 1e6 })
  return {
    rows: [
      { what: 'acknowledged', unit: 'runs', value: ids.size },
      { what: 'lost', unit: 'runs', value: lost },
      { what: 'rate of acknowledgement', unit: 'runs/s', value: ids.size / seconds },
      { what: `POST to its answer, ${connections} at once`, unit: 'ms', summary: summarize(samples) },
      ...memory,
    ],
    ratios: [],
    targets: isQuick
      ? []
      : [
          { name: 'burst-lost', value: lost + count - ids.size },
          ...(peakBytes === undefined ? [] : [{ name: 'burst-memory' as const, value: peakBytes / 1e6 }]),
        ],
    notes: isQuick ? [`Only ${count} runs: the target is about 5,000.`] : [],
  }
}

async function postAll(
  connection: ServerConnection,
  count: number,
  signal: AbortSignal,
): Promise<{ readonly ids: ReadonlySet<string>; readonly samples: readonly number[] }> {
  const ids = new Set<string>()
  const samples: number[] = []
  let left = count
  const client = async () => {
    while (left > 0) {
      left -= 1
      const { id, ms } = await connection.post(program, signal)
      ids.add(id)
      samples.push(ms)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  return { ids, samples }
}

async function countLost(connection: ServerConnection, ids: ReadonlySet<string>, signal: AbortSignal): Promise<number> {
  const missing = new Set(ids)
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`
    const page = (await connection.get(`/v1/runs?limit=${pageSize}${after}`, signal)) as {
      readonly runs: readonly { readonly id: string }[]
      readonly next?: string
    }
    for (const { id } of page.runs) missing.delete(id)
    cursor = page.next
  }
  return missing.size
}
