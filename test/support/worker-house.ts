import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import type { Environment } from '../../src/environment/environment.ts'
import { FakePlatform } from '../../src/platform/fake/fake-platform.ts'
import type { RunId } from '../../src/run/id.ts'
import type { Interaction, Run } from '../../src/run/run.ts'
import type { Database } from '../../src/store/database.ts'
import type { NewRun } from '../../src/store/run-store.ts'
import { openMemoryDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import { WorkerStore } from '../../src/store/worker-store.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'
import type { Observer } from '../../src/telemetry/observer.ts'
import type { ArtifactLimits } from '../../src/worker/collect-artifacts.ts'
import type { SlotParts } from '../../src/worker/slot.ts'
import { Worker } from '../../src/worker/worker.ts'
import { newWorkerId } from '../../src/worker/worker-id.ts'
import { type ExampleHouse, exampleHouse } from './example-house.ts'
import { exampleRun } from './example-run.ts'
import { waitFor } from './wait-for.ts'

const environment: Environment = {
  name: 'fake',
  version: '1.0.0',
  source: { kind: 'registry', reference: 'fake:1.0.0' },
  recipe: { compile: ['compile', '{main}'], run: ['interpret', '{main}'], env: {} },
  extensions: ['.fake'],
}

export interface WorkerHouse extends ExampleHouse {
  readonly platform: FakePlatform
  readonly workers: WorkerStore
  /** Starts a worker; it is stopped after the test at the latest. */
  start(options?: {
    readonly slots?: number
    readonly drainTimeoutMs?: number
    readonly artifactLimits?: ArtifactLimits
  }): Worker
}

/** The real store and queue in memory, and workers on a fake platform. What they leave behind fails the test. */
export async function workerHouse(
  context: TestContext,
  options: {
    readonly platform?: FakePlatform
    readonly house?: (database: Database) => ExampleHouse
    readonly tell?: Observer['tell']
  } = {},
): Promise<WorkerHouse> {
  const timersBefore = timerCount()
  const database = await openMemoryDatabase()
  const parts = (options.house ?? exampleHouse)(database)
  const platform = options.platform ?? new FakePlatform()
  const workers = new WorkerStore(database)
  const destination = new Writable({ write: (_chunk, _encoding, done) => done() })
  const logging = createObserver(createLog({ level: 'info', format: 'json', destination }))
  const observer = { ...logging, ...(options.tell && { tell: options.tell }) }
  const started: Worker[] = []
  context.after(async () => {
    for (const worker of started) worker.hurry()
    await Promise.all(started.map(worker => worker.stop()))
    await parts.queue.close()
    await database.close()
    assert.deepEqual(platform.violations, [])
    await waitFor('the timers to be gone', () => timerCount() <= timersBefore, 3_000)
  })
  const start: WorkerHouse['start'] = ({
    slots = 1,
    drainTimeoutMs = 60_000,
    artifactLimits = { maxFiles: 10, maxBytes: 10_000_000 },
  } = {}) => {
    const resolve = () => [environment]
    const pinned: SlotParts['pinned'] = ({ digest }) => [{ ...environment, digest }]
    const hints = database.hints
    const worker = new Worker({
      ...parts,
      workerId: newWorkerId(),
      imageRules: { pinned: [] },
      hints,
      platform,
      workers,
      observer,
      resolve,
      pinned,
      slots,
      drainTimeoutMs,
      artifactLimits,
    })
    worker.start()
    started.push(worker)
    return worker
  }
  return { ...parts, platform, workers, start }
}

function timerCount(): number {
  return process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length
}

export async function submit(
  house: WorkerHouse,
  script: string,
  parts: Partial<NewRun> = {},
  interaction?: Interaction,
): Promise<RunId> {
  const run = exampleRun(parts)
  const files = [{ path: 'main.fake', content: script, encoding: 'utf8' }] as const
  const stdin = { content: '', encoding: 'utf8' } as const
  await house.lifecycle.submit({ ...run, request: { ...run.request, files, main: 'main.fake', stdin, interaction } })
  return run.id
}

export function when(house: WorkerHouse, id: RunId, what: string, look: (run: Run) => boolean): Promise<Run> {
  return waitFor(what, async () => {
    const run = await house.runs.find(id)
    return run !== undefined && look(run) ? run : undefined
  })
}

export function finished(house: WorkerHouse, id: RunId): Promise<Run> {
  return when(house, id, 'the run to finish', run => run.state === 'finished')
}

export async function stdout(house: WorkerHouse, id: RunId): Promise<string> {
  return Buffer.from(await house.events.output(id, { stream: 'stdout' })).toString()
}

/** Numbers without gaps, one end, and nothing after it. */
export async function story(house: WorkerHouse, id: RunId): Promise<string[]> {
  const events = await house.events.read(id, { after: 0, limit: 1_000 })
  assert.deepEqual(
    events.map(event => event.sequence),
    events.map((_, index) => index + 1),
  )
  const told = events.map(event => (event.type === 'state' ? event.state : event.type))
  assert.equal(told.filter(type => type === 'finished').length, told.at(-1) === 'finished' ? 1 : 0)
  return told
}
