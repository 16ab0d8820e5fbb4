import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedQueue } from '../../src/queue/embedded.ts'
import { RunLifecycle } from '../../src/queue/run-lifecycle.ts'
import { newRunId } from '../../src/run/id.ts'
import { defaultCompileLimits, defaultLimits } from '../../src/run/limits.ts'
import type { NewRun } from '../../src/store/run-store.ts'
import { RunStore } from '../../src/store/run-store.ts'
import { openSqliteDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import { type Contender, interleave } from '../measure/interleave.ts'
import { summarize } from '../measure/summary.ts'
import type { Findings, Row, Scenario, ScenarioContext } from '../scenario.ts'

const shallow = 100
const submitsAtOnce = 500
/** Priorities are what makes the order of a queue something else than the order of its rows. */
const priorities = 5

export const deepQueue: Scenario = {
  name: 'deep-queue',
  title: '100,000 runs queued',
  method:
    'Two data directories, one with 100 runs queued and one with 100,000, of five priorities. In turns, a run is claimed from each and ' +
    'handed back, so that the depth stays; then one more is submitted and ends at once (submit, claim, begin, finish). Without a server: this is ' +
    'the queue alone, through the same code.',
  deadlineMs: 10 * 60_000,
  run,
}

async function run(context: ScenarioContext): Promise<Findings> {
  const { isQuick, signal } = context
  const depth = isQuick ? 10_000 : 100_000
  await using few = await FilledQueue.open(shallow, context)
  const startedAt = performance.now()
  await using many = await FilledQueue.open(depth, context)
  const fillSeconds = (performance.now() - startedAt) / 1000
  const contenders: Contender[] = [few, many].flatMap(queue => [
    { name: `claim with ${number(queue.depth)} queued`, measure: () => queue.timeClaim() },
    { name: `submit to finish with ${number(queue.depth)} queued`, measure: () => queue.timeWholeRun() },
  ])
  const rounds = isQuick ? 100 : 1_000
  const samples = await interleave(contenders, { rounds, warmUpRounds: 20, signal })
  const rows = [...samples].map(([what, values]) => ({ what, unit: 'ms', summary: summarize(values) }) satisfies Row)
  const [claimFew, runFew, claimMany, runMany] = rows.map(({ summary }) => summary.median)
  const ratio = (claimMany ?? Number.NaN) / (claimFew ?? Number.NaN)
  return {
    rows: [...rows, { what: 'rate of submitting while it was filled', unit: 'runs/s', value: depth / fillSeconds }],
    ratios: [
      { what: `a claim at ${number(depth)}, against one at ${shallow}`, value: ratio },
      { what: 'the same from submit to finish', value: (runMany ?? Number.NaN) / (runFew ?? Number.NaN) },
    ],
    targets: isQuick ? [] : [{ name: 'claim-depth', value: ratio }],
    notes: isQuick ? [`Only ${number(depth)} runs: the target is about 100,000.`] : [],
  }
}

class FilledQueue implements AsyncDisposable {
  readonly depth: number
  readonly #folder: string
  readonly #database: Awaited<ReturnType<typeof openSqliteDatabase>>
  readonly #queue: EmbeddedQueue
  readonly #lifecycle: RunLifecycle
  readonly #signal: AbortSignal

  private constructor(parts: {
    readonly depth: number
    readonly folder: string
    readonly database: Awaited<ReturnType<typeof openSqliteDatabase>>
    readonly signal: AbortSignal
  }) {
    const { depth, folder, database, signal } = parts
    this.depth = depth
    this.#folder = folder
    this.#database = database
    this.#queue = new EmbeddedQueue({ database })
    const runs = new RunStore(database)
    this.#lifecycle = new RunLifecycle({ database, queue: this.#queue, runs, maxQueuedRuns: depth * 2 })
    this.#signal = signal
  }

  static async open(depth: number, context: ScenarioContext): Promise<FilledQueue> {
    const folder = await mkdtemp(join(context.temporaryFolder, 'queue-'))
    const database = await openSqliteDatabase({ dataDirectory: folder })
    const queue = new FilledQueue({ depth, folder, database, signal: context.signal })
    try {
      for (let count = 0; count < depth; count += submitsAtOnce) {
        context.signal.throwIfAborted()
        if (count % 10_000 === 0) context.say(`${number(count)} of ${number(depth)} queued`)
        const runs = Array.from({ length: Math.min(submitsAtOnce, depth - count) }, (_, index) =>
          newRun(index % priorities),
        )
        await Promise.all(runs.map(run => queue.#lifecycle.submit(run)))
      }
      return queue
    } catch (error) {
      await queue[Symbol.asyncDispose]()
      throw error
    }
  }

  async timeClaim(): Promise<number> {
    const startedAt = performance.now()
    const claim = await this.#claim()
    const ms = performance.now() - startedAt
    await this.#database.transaction(transaction => this.#queue.release(claim, transaction))
    return ms
  }

  async timeWholeRun(): Promise<number> {
    const startedAt = performance.now()
    await this.#lifecycle.submit(newRun(0))
    const lease = await this.#lifecycle.begin(await this.#claim(), 'bench')
    if (lease === undefined) throw new Error('a run could not be begun')
    await this.#lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, [])
    return performance.now() - startedAt
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close()
    await this.#database.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #claim() {
    const claim = await this.#queue.claim('bench', this.#signal)
    if (claim === undefined) throw new Error('nothing could be claimed')
    return claim
  }
}

function newRun(priority: number): NewRun {
  return {
    id: newRunId(),
    request: {
      environment: 'bash',
      files: [{ path: 'main.sh', content: 'echo hello', encoding: 'utf8' }],
      main: 'main.sh',
      args: [],
      stdin: { content: '', encoding: 'utf8' },
      env: {},
      limits: defaultLimits,
      compileLimits: defaultCompileLimits,
      network: false,
      artifacts: [],
    },
    labels: {},
    priority,
    maxAttempts: 3,
    createdAt: new Date(),
    owner: undefined,
  }
}

function number(count: number): string {
  return count.toLocaleString('en')
}
