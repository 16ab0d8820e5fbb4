import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { createApi } from '../../src/api/api.ts'
import type { ApiParts, ApiSettings } from '../../src/api/api-parts.ts'
import { Catalogue } from '../../src/environment/catalogue.ts'
import type { Lease } from '../../src/queue/lifecycle.ts'
import type { RunArtifacts } from '../../src/run/artifact.ts'
import type { RunId } from '../../src/run/id.ts'
import { defaultCompileLimits } from '../../src/run/limits.ts'
import type { StageName, StageResult } from '../../src/run/run.ts'
import { KeyStore } from '../../src/store/key-store.ts'
import type { Shortage } from '../../src/store/retention.ts'
import { openMemoryDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import { WebhookStore } from '../../src/store/webhook-store.ts'
import { type WorkerRow, WorkerStore } from '../../src/store/worker-store.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { type ExampleHouse, exampleHouse } from './example-house.ts'

const catalogue = await Catalogue.load([new URL('../../environments', import.meta.url).pathname])

/** The API over a database in memory, with a worker that does what a test says. */
export interface ExampleApi extends ExampleHouse {
  readonly app: FastifyInstance
  readonly workers: WorkerStore
  readonly keys: KeyStore
  readonly catalogue: Catalogue
  /** All that was logged. */
  log(): string
}

export async function exampleApi(
  context: Pick<TestContext, 'after'>,
  options: {
    readonly settings?: Partial<ApiSettings>
    readonly maxQueuedRuns?: number
    readonly maxQueuedRunsPerKey?: number
    readonly shortage?: () => Promise<Shortage | undefined>
    readonly parts?: Partial<ApiParts>
    /** Puts something in front of the real ones. */
    readonly hints?: (inner: ApiParts['hints']) => ApiParts['hints']
    readonly events?: (inner: ApiParts['events']) => ApiParts['events']
  } = {},
): Promise<ExampleApi> {
  const database = await openMemoryDatabase()
  const house = exampleHouse(database, {
    maxQueuedRuns: options.maxQueuedRuns ?? 100,
    maxQueuedRunsPerKey: options.maxQueuedRunsPerKey,
    shortage: options.shortage,
  })
  const [workers, keys] = [new WorkerStore(database), new KeyStore(database)]
  let log = ''
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      log += chunk
      done()
    },
  })
  const app = await createApi({
    ...house,
    workers,
    keys,
    webhooks: new WebhookStore(database),
    catalogue,
    hints: options.hints?.(database.hints) ?? database.hints,
    events: options.events?.(house.events) ?? house.events,
    observer: createObserver(createLog({ level: 'info', format: 'json', destination })),
    queueDepth: () => house.queue.depth(),
    settings: {
      role: 'all',
      host: '127.0.0.1',
      maxRequestBytes: 1024 * 1024,
      maxFiles: 20,
      maxTests: 10,
      ceilings: { ...defaultCompileLimits, wallTimeMs: 600_000, cpuTimeMs: 600_000 },
      allowNetwork: false,
      webhooks: { urlFault: () => undefined, secretFault: () => undefined, hasSecret: true },
      ...options.settings,
    },
    version: '1.2.3',
    documented: true,
    ...options.parts,
  })
  context.after(async () => {
    await app.close()
    await house.queue.close()
    await database.close()
  })
  return { ...house, app, workers, keys, catalogue, log: () => log }
}

/** Posts a run and answers its id. */
export async function post(app: FastifyInstance, body: object = { environment: 'python', source: 'print(1)' }) {
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', body })
  assert.equal(reply.statusCode, 202, reply.body)
  return reply.json().id as RunId
}

/** Takes the next run as a worker does, up to the state `running`. */
export async function take(house: ExampleHouse): Promise<Lease> {
  const claim = await house.queue.claim('worker-1', AbortSignal.timeout(5000))
  assert.ok(claim)
  const lease = await house.lifecycle.begin(claim, 'worker-1')
  assert.ok(lease)
  assert.ok(await house.lifecycle.running(lease, { name: 'python', version: '3.11.2', digest: 'sha256:1234' }))
  return lease
}

export async function write(house: ExampleHouse, lease: Lease, text: string | Uint8Array, stage: StageName = 'run') {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  assert.ok(await house.lifecycle.append(lease, [{ type: 'output', stage, stream: 'stdout', bytes }]))
}

/** Ends a run that wrote so many bytes on stdout. */
export async function finish(
  house: ExampleHouse,
  lease: Lease,
  stdoutBytes: number,
  collected?: RunArtifacts,
): Promise<void> {
  const stage: StageResult = {
    name: 'run',
    outcome: { kind: 'exited', code: 0 },
    usage: { wallTimeMs: 12, cpuTimeMs: 9 },
    limitsHit: [],
    stdout: { bytes: stdoutBytes, truncated: false },
    stderr: { bytes: 0, truncated: false },
  }
  const result = { outcome: stage.outcome, stages: [stage], collected }
  assert.ok(await house.lifecycle.finish(lease, result, [{ type: 'stage', stage }]))
}

export function exampleWorker(parts: Partial<WorkerRow> = {}): WorkerRow {
  return {
    id: 'worker-1',
    host: 'example',
    processId: 1,
    slots: 2,
    busySlots: 1,
    state: 'ready',
    platform: {
      name: 'docker',
      engineVersion: '20.10.24',
      apiVersion: '1.41',
      operatingSystem: 'Debian',
      architecture: 'amd64',
      cgroupVersion: '1',
      unenforced: [],
    },
    pools: ['default'],
    images: [{ name: 'python', version: '3.11.2', digest: 'sha256:1234' }],
    startedAt: new Date(),
    seenAt: new Date(),
    ...parts,
  }
}
