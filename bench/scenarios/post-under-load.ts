import { setTimeout as pause } from 'node:timers/promises'
import { residentMemoryBytes } from '../measure/machine.ts'
import { summarize } from '../measure/summary.ts'
import type { Findings, Scenario, ScenarioContext } from '../scenario.ts'
import { BenchServer } from '../server.ts'
import type { ServerConnection } from '../server-connection.ts'

const perSecond = 200
const slots = 2
/** They wait in their sandboxes and use nothing. Their own wall limit is the most that a server allows by default. */
const busyProgram = { environment: 'bash', source: 'sleep 300', limits: { wallTimeMs: 300_000 } }
const program = { environment: 'bash', source: 'echo hello' }
const pollMs = 50
const busyDeadlineMs = 60_000

export const postUnderLoad: Scenario = {
  name: 'post-under-load',
  title: `POST without waiting, ${perSecond} per second, all slots busy`,
  method:
    `A server whose ${slots} slots hold programs that sleep. Requests are sent at fixed times, whether or not earlier ones were answered, ` +
    'and the time of each is from its sending to its answer; every acknowledged run is on disk.',
  deadlineMs: 3 * 60_000,
  run,
}

async function run(context: ScenarioContext): Promise<Findings> {
  const { isQuick, signal, temporaryFolder } = context
  const flags = ['--slots', String(slots)]
  await using server = await BenchServer.start({ temporaryFolder, signal, flags, connections: 32 })
  const { connection } = server
  for (let slot = 0; slot < slots; slot += 1) await connection.post(busyProgram, signal)
  await untilAllBusy(connection, signal)
  context.say('all slots are busy')
  const durationMs = isQuick ? 5_000 : 30_000
  await postAtRate(connection, 1_000, signal)
  const samples = await postAtRate(connection, durationMs, signal)
  const summary = summarize(samples)
  const memoryBytes = residentMemoryBytes(server.processId)
  return {
    rows: [
      { what: 'POST to its answer', unit: 'ms', summary },
      ...(memoryBytes === undefined
        ? []
        : [{ what: `server's memory with ${samples.length} queued`, unit: 'MB' as const, value: memoryBytes / 1e6 }]),
    ],
    ratios: [],
    targets: [
      { name: 'post-median', value: summary.median },
      { name: 'post-p99', value: summary.p99 },
    ],
    notes: [],
  }
}

async function untilAllBusy(connection: ServerConnection, signal: AbortSignal): Promise<void> {
  const endsAt = performance.now() + busyDeadlineMs
  for (;;) {
    const { runs } = (await connection.get('/v1/runs?state=running', signal)) as { readonly runs: readonly unknown[] }
    if (runs.length === slots) return
    if (performance.now() > endsAt) throw new Error('the slots do not become busy')
    await pause(pollMs, undefined, { signal })
  }
}

/** An open loop: what is slow does not keep the next one from being sent. */
async function postAtRate(connection: ServerConnection, durationMs: number, signal: AbortSignal): Promise<number[]> {
  const startedAt = performance.now()
  const count = Math.round((durationMs / 1000) * perSecond)
  const answers: Promise<{ readonly ms: number }>[] = []
  for (let number = 0; number < count; number += 1) {
    const dueInMs = startedAt + (number * 1000) / perSecond - performance.now()
    if (dueInMs > 1) await pause(dueInMs, undefined, { signal })
    const answer = connection.post(program, signal)
    // Looked at below: a rejection before that is not unhandled.
    answer.catch(() => {})
    answers.push(answer)
  }
  return (await Promise.all(answers)).map(({ ms }) => ms)
}
