import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { createApi } from './api/api.ts'
import type { ApiParts, ApiSettings } from './api/api-parts.ts'
import { createHealthApi } from './api/health-api.ts'
import { type Background, createBackground, webhookRules } from './background.ts'
import { ceilingsOf } from './config/ceilings.ts'
import { parsePools } from './config/pools.ts'
import type { Settings } from './config/settings.ts'
import { parseWarmPins } from './config/warm-pins.ts'
import type { Catalogue } from './environment/catalogue.ts'
import { imageRulesOf, installedEnvironments, registryOf } from './installed-environments.ts'
import { DockerPlatform } from './platform/docker/docker-platform.ts'
import type { WarmPin } from './platform/docker/warm-pins.ts'
import type { Platform } from './platform/platform.ts'
import type { Lifecycle } from './queue/lifecycle.ts'
import { RunLifecycle } from './queue/run-lifecycle.ts'
import { TakeOver } from './queue/take-over.ts'
import type { Shape } from './shape.ts'
import { ArtifactStore } from './store/artifact-store.ts'
import { BatchStore } from './store/batch-store.ts'
import { EventStore } from './store/event-store.ts'
import { installationStores } from './store/installation-stores.ts'
import { KeyStore } from './store/key-store.ts'
import { PoolStore } from './store/pool-store.ts'
import { RunStore } from './store/run-store.ts'
import { TerminalStore } from './store/terminal-store.ts'
import { WebhookStore } from './store/webhook-store.ts'
import { WorkerStore } from './store/worker-store.ts'
import type { Observer } from './telemetry/observer.ts'
import { plainRequests } from './worker/plain-requests.ts'
import { Worker } from './worker/worker.ts'
import { newWorkerId } from './worker/worker-id.ts'

export const initPath = fileURLToPath(new URL('../init/build/run-it-init', import.meta.url))

export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

/** What a process of a role consists of. */
export interface Parts {
  readonly shape: Shape
  readonly catalogue: Catalogue
  /** Only health, where the process is a worker. */
  readonly api: FastifyInstance
  /** Absent where the process is a worker. */
  readonly background?: Background
  /** Absent where the process is an API. */
  readonly worker?: Worker
  readonly platform?: Platform
  /** Where others may die. */
  readonly takeOver?: TakeOver
}

export interface Given {
  readonly shape: Shape
  readonly platform?: Platform
  readonly documented: boolean
  readonly metrics?: ApiParts['metrics']
}

/** Closes the shape if it fails. */
export async function wire(settings: Settings, observer: Observer, given: Given): Promise<Parts> {
  try {
    return await connect(settings, observer, given)
  } catch (error) {
    await given.shape.close()
    throw error
  }
}

async function connect(settings: Settings, observer: Observer, given: Given): Promise<Parts> {
  const { shape } = given
  const { database, queue } = shape
  const { isShared } = database
  const catalogue = await installedEnvironments(settings)
  const isWorker = settings.role !== 'api'
  const isApi = settings.role !== 'worker'
  const background = isApi ? await createBackground(settings, observer, { database, version }) : undefined
  const shortage = background && (() => background.retention.shortage())
  const { maxQueuedRuns, maxQueuedRunsPerKey } = settings
  const runs = new RunStore(database)
  const lifecycle = new RunLifecycle({ database, queue, runs, maxQueuedRuns, maxQueuedRunsPerKey, shortage })
  await new PoolStore(database).add(parsePools(settings.pools))
  const takeOver = isShared ? takeOverOf(lifecycle, settings, observer) : undefined
  if (!isShared) tellOfRecovered(await lifecycle.recover(), observer)
  const work = isWorker ? workerOf(settings, observer, { ...given, catalogue, lifecycle, runs }) : undefined
  const api = isApi
    ? await apiOver(settings, observer, { ...given, lifecycle, catalogue, trusted: false })
    : await healthOf(settings, observer, { ...given, workerId: work?.worker.id })
  return { shape, catalogue, api, background, takeOver, ...work }
}

function takeOverOf(lifecycle: Lifecycle, { leaseMs }: Settings, observer: Observer): TakeOver {
  return new TakeOver({
    lifecycle,
    leaseMs,
    onTaken: runs => tellOfRecovered(runs, observer),
    onError: error => observer.log.warn({ err: error }, 'the runs of dead workers could not be looked for'),
  })
}

function tellOfRecovered(runs: readonly string[], { log }: Observer): void {
  if (runs.length > 0) log.warn({ runs: runs.length }, 'interrupted runs are back in the queue')
}

function workerOf(
  settings: Settings,
  observer: Observer,
  given: Given & { readonly catalogue: Catalogue; readonly lifecycle: Lifecycle; readonly runs: RunStore },
): { readonly worker: Worker; readonly platform: Platform } {
  const { catalogue, lifecycle, runs } = given
  const { database, queue, heartbeatMs } = given.shape
  const { isShared } = database
  const workerId = newWorkerId()
  const pins = plainRequests(parseWarmPins(settings.warm ?? ''), catalogue, ceilingsOf(settings))
  const { installationId } = database
  const platform = given.platform ?? createPlatform(settings, { installationId, workerId, isShared, pins })
  const worker = new Worker({
    workerId,
    isShared,
    heartbeatMs,
    slots: settings.slots === 0 ? availableParallelism() : settings.slots,
    pools: parsePools(settings.pools),
    drainTimeoutMs: settings.drainTimeoutMs,
    resolve: request => catalogue.resolve(request),
    pinned: environment => catalogue.pinned(environment),
    artifactLimits: { maxFiles: settings.maxArtifacts, maxBytes: settings.maxArtifactBytes },
    hints: database.hints,
    ...installationStores(database),
    imageRules: imageRulesOf(settings, pins),
    platform,
    queue,
    lifecycle,
    runs,
    terminals: new TerminalStore(database),
    observer,
  })
  return { worker, platform }
}

/** A worker's health is its own: others that live are no help to it. */
async function healthOf(
  settings: Settings,
  observer: Observer,
  given: Pick<Given, 'shape' | 'metrics'> & { readonly workerId: string | undefined },
): Promise<FastifyInstance> {
  const { database, queue } = given.shape
  const store = new WorkerStore(database)
  const workers = {
    list: async (since: Date) => (await store.list(since)).filter(({ id }) => id === given.workerId),
  }
  return await createHealthApi({
    workers,
    queueDepth: () => queue.depth(),
    keys: new KeyStore(database),
    settings: apiSettings(settings),
    observer,
    metrics: given.metrics,
  })
}

export async function apiOver(
  settings: Settings,
  observer: Observer,
  given: Pick<Given, 'shape' | 'documented' | 'metrics'> & Pick<ApiParts, 'lifecycle' | 'trusted' | 'catalogue'>,
): Promise<FastifyInstance> {
  const { shape, ...rest } = given
  const { database, queue } = shape
  return await createApi({
    queueDepth: () => queue.depth(),
    hints: database.hints,
    settings: apiSettings(settings),
    runs: new RunStore(database),
    events: new EventStore(database),
    artifacts: new ArtifactStore(database),
    terminals: new TerminalStore(database),
    ...installationStores(database),
    keys: new KeyStore(database),
    batches: new BatchStore(database),
    webhooks: new WebhookStore(database),
    observer,
    version,
    ...rest,
  })
}

function apiSettings(settings: Settings): ApiSettings {
  const webhooks = webhookRules(settings)
  const role = settings.role === 'api' ? 'api' : 'all'
  return { ...settings, role, ceilings: ceilingsOf(settings), allowNetwork: false, webhooks }
}

/** From here on runs are taken. Resolves, and never rejects, when it is known which images are present: that waits for the engine. */
export async function start({ worker, background, catalogue, takeOver }: Parts): Promise<void> {
  worker?.start()
  takeOver?.start()
  background?.retention.start()
  background?.deliverer.start()
  await worker?.readImages(catalogue.advertised(), image =>
    // An environment can be gone since.
    catalogue.find(image.name) === undefined ? [] : catalogue.pinned(image),
  )
}

/** The worker first: clients follow their runs until the last one is settled. */
export async function closeAll(parts: Parts): Promise<void> {
  const { background } = parts
  await parts.worker?.stop()
  await parts.api.close()
  await Promise.all([background?.deliverer.stop(), background?.retention.stop(), parts.takeOver?.stop()])
  await parts.platform?.close()
  await parts.shape.close()
}

/** Without pins nothing is kept warm: one command would only pay for it. */
export function createPlatform(
  settings: Settings,
  owner: {
    readonly installationId: string
    readonly workerId?: string
    readonly isShared?: boolean
    readonly pins?: readonly WarmPin[]
  },
): Platform {
  const { pins, ...names } = owner
  return new DockerPlatform({
    ...names,
    initPath,
    host: settings.dockerHost,
    runtime: settings.runtime,
    cpus: settings.cpus,
    pull: settings.pull,
    build: settings.build,
    registry: registryOf(settings),
    ...(pins && { warm: { budgetBytes: settings.warmMemoryBytes, pins, preboot: settings.preboot } }),
  })
}
