import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RunLifecycle } from '../../src/queue/run-lifecycle.ts'
import { readRunCounts } from '../../src/store/run-counts.ts'
import { RunStore } from '../../src/store/run-store.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { TestPostgres } from '../../test/support/postgres.ts'
import { openShared } from '../../test/support/shared-house.ts'
import type { Findings, Row, Scenario, ScenarioContext } from '../scenario.ts'

const workerPath = fileURLToPath(new URL('../fake-worker.ts', import.meta.url))
const slots = 4
const submitsAtOnce = 50
const pollMs = 10

export const severalWorkers: Scenario = {
  name: 'scale-workers',
  title: 'Runs per second through the queue of 1, 2 and 4 workers',
  method:
    `Runs wait in a private PostgreSQL, which does not wait for its disk; workers, each a process with ${slots} slots and a platform whose programs end at once, work ` +
    'them off. Measured from when a tenth of them has ended until all have. Without an engine: this is the queue alone.',
  deadlineMs: 10 * 60_000,
  run,
}

async function run(context: ScenarioContext): Promise<Findings> {
  await using postgres = await TestPostgres.start()
  const rows: Row[] = []
  for (const workers of [1, 2, 4]) {
    context.say(`${workers} workers`)
    const value = await measure(await postgres.createDatabase(), workers, context)
    rows.push({ what: `workers: ${workers}`, unit: 'runs/s', value })
  }
  return { rows, ratios: [], targets: [], notes: [] }
}

async function measure(url: string, workers: number, { isQuick, signal, temporaryFolder }: ScenarioContext) {
  const runs = isQuick ? 300 : 3_000
  const { database, queue, close } = await openShared(url)
  const lifecycle = new RunLifecycle({ database, queue, runs: new RunStore(database), maxQueuedRuns: runs })
  const env = {
    ...process.env,
    RUN_IT_DATABASE_URL: url,
    RUN_IT_SLOTS: String(slots),
    RUN_IT_DATA_DIRECTORY: temporaryFolder,
  }
  let children: readonly ReturnType<typeof spawn>[] = []
  try {
    for (let count = 0; count < runs; count += submitsAtOnce) {
      const some = Array.from({ length: submitsAtOnce }, () => exampleRun({ createdAt: new Date() }))
      await Promise.all(some.map(each => lifecycle.submit(each)))
    }
    children = Array.from({ length: workers }, () => spawn(process.execPath, [workerPath], { env, stdio: 'ignore' }))
    const until = async (finished: number) => {
      for (;;) {
        const counts = await readRunCounts(database.rows)
        if (counts.finished >= finished) return { counted: counts.finished, atMs: performance.now() }
        if (children.some(child => child.exitCode !== null)) throw new Error('a worker ended')
        await pause(pollMs, undefined, { signal })
      }
    }
    const begin = await until(runs / 10)
    const end = await until(runs)
    return ((end.counted - begin.counted) * 1_000) / (end.atMs - begin.atMs)
  } finally {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
    await close()
  }
}
