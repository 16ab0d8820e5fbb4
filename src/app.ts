import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { createApi } from './api/api.ts'
import type { ApiParts, ApiSettings } from './api/api-parts.ts'
import { inProcessFetch } from './api/in-process-fetch.ts'
import { inProcessWebSocket } from './api/in-process-web-socket.ts'
import { type Background, createBackground, webhookRules } from './background.ts'
import { ceilingsOf } from './config/ceilings.ts'
import { ConfigError } from './config/config-error.ts'
import { isLoopback } from './config/loopback.ts'
import type { Settings } from './config/settings.ts'
import { parseWarmPins } from './config/warm-pins.ts'
import { Catalogue } from './environment/catalogue.ts'
import type { Diagnosis } from './platform/diagnosis.ts'
import { DockerPlatform } from './platform/docker/docker-platform.ts'
import type { WarmPin } from './platform/docker/warm-pins.ts'
import type { Platform } from './platform/platform.ts'
import { EmbeddedQueue } from './queue/embedded.ts'
import { RunLifecycle } from './queue/run-lifecycle.ts'
import type { ImageProgress } from './run/event.ts'
import { ArtifactStore } from './store/artifact-store.ts'
import { BatchStore } from './store/batch-store.ts'
import type { Database } from './store/database.ts'
import { EventStore } from './store/event-store.ts'
import { KeyStore } from './store/key-store.ts'
import { RunStore } from './store/run-store.ts'
import { openMemoryDatabase, openSqliteDatabase } from './store/sqlite/open-sqlite-database.ts'
import { TerminalStore } from './store/terminal-store.ts'
import { WebhookStore } from './store/webhook-store.ts'
import { WorkerStore } from './store/worker-store.ts'
import type { Observer } from './telemetry/observer.ts'
import { plainRequests } from './worker/plain-requests.ts'
import { Worker } from './worker/worker.ts'

const shippedEnvironments = fileURLToPath(new URL('../environments', import.meta.url))
/** Where the engine is away, nothing is ready, and nobody waits to be told so. */
const imagesDeadlineMs = 5_000
const initPath = fileURLToPath(new URL('../init/build/run-it-init', import.meta.url))

export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

/** A server on its address, until it is closed. */
export interface Server {
  readonly url: string
  /** Lets what runs finish within the drain time, hands back the rest, and leaves nothing behind. */
  close(): Promise<void>
  /** While closing: waits no longer for what runs. */
  hurry(): void
  /** What runs programs here, for the operator; the engine is absent if it could not be reached before the signal was aborted. */
  describe(signal: AbortSignal): Promise<{ readonly engine?: string; readonly slots: number }>
}

/** `run-it serve`: the API, the worker and the data directory in one process. */
export async function startServer(settings: Settings, observer: Observer, platform?: Platform): Promise<Server> {
  const database = await openSqliteDatabase({ dataDirectory: settings.dataDirectory })
  await refuseExposure(settings, database)
  const parts = await wire(settings, observer, { database, platform, documented: true })
  try {
    const url = await parts.api.listen({ host: settings.host, port: settings.port })
    // Not before: a server that cannot have its address has no business with the runs.
    start(parts)
    return {
      url,
      close: () => closeAll(parts),
      hurry: () => parts.worker.hurry(),
      describe: signal => describe(parts, signal),
    }
  } catch (error) {
    await closeAll(parts)
    throw error
  }
}

/** Without a key everybody who can reach the server is its operator: then nobody but this machine may reach it. */
async function refuseExposure({ host, dataDirectory }: Settings, database: Database): Promise<void> {
  if (isLoopback(host) || (await new KeyStore(database).exist())) return
  await database.close()
  throw new ConfigError([
    `host: "${host}" is not a loopback address, and there is no API key yet: everybody who can reach the server could run programs ` +
      `on it. Make a key first: run-it keys create admin --scope admin --data-directory ${dataDirectory}`,
  ])
}

async function describe({ worker }: Parts, signal: AbortSignal) {
  await worker.monitor.waitUntilUp(signal).catch(() => {})
  const { state } = worker.monitor
  const engine = state.kind === 'up' ? `${state.info.name} ${state.info.engineVersion}` : undefined
  return { engine, slots: worker.slots }
}

/** The API of a data directory that no server has open, for managing its keys: whoever can write there needs none. */
export async function openKeys(
  settings: Settings,
  observer: Observer,
): Promise<{ fetch: typeof fetch; close(): Promise<void> }> {
  const database = await openSqliteDatabase({ dataDirectory: settings.dataDirectory })
  const queue = new EmbeddedQueue({ database })
  const lifecycle = new RunLifecycle({ database, queue, runs: new RunStore(database), maxQueuedRuns: 0 })
  const close = async () => {
    await queue.close()
    await database.close()
  }
  try {
    const catalogue = await loadCatalogue(settings)
    const api = await apiOver(settings, observer, {
      database,
      queue,
      lifecycle,
      catalogue,
      documented: false,
      trusted: true,
    })
    return { fetch: inProcessFetch(api), close: () => api.close().then(close) }
  } catch (error) {
    await close()
    throw error
  }
}

/** The same engine without a port and without a file, for one command. It may be told to find out first which images are present. */
export async function startEmbedded(
  settings: Settings,
  observer: Observer,
  options: { readonly knowsImages?: boolean } = {},
): Promise<{ fetch: typeof fetch; webSocket: ReturnType<typeof inProcessWebSocket>; close(): Promise<void> }> {
  const database = await openMemoryDatabase()
  const parts = await wire({ ...settings, slots: 1 }, observer, { database, documented: false })
  const imagesRead = start(parts)
  if (options.knowsImages) await Promise.race([imagesRead, pause(imagesDeadlineMs, undefined, { ref: false })])
  return {
    fetch: inProcessFetch(parts.api),
    webSocket: inProcessWebSocket(parts.api),
    close: async () => {
      // Whoever started it has what he wanted: what is left was given up.
      parts.worker.hurry()
      await closeAll(parts)
    },
  }
}

/** Makes an environment's image present, and tells what it is. */
export async function prepareEnvironment(
  settings: Settings,
  _observer: Observer,
  name: string,
  onProgress: (progress: ImageProgress) => void,
  signal: AbortSignal,
): Promise<{ name: string; version: string; digest: string }> {
  const catalogue = await loadCatalogue(settings)
  const platform = createPlatform(settings, 'none')
  try {
    const image = await platform.prepare(catalogue.resolve(name), onProgress, signal)
    return { name: image.environment.name, version: image.version, digest: image.digest }
  } finally {
    await platform.close()
  }
}

/** `run-it doctor`: what is right and wrong with this installation. */
export async function diagnose(settings: Settings): Promise<readonly Diagnosis[]> {
  const { diagnoseDocker } = await import('./platform/docker/diagnose.ts')
  return await diagnoseDocker({ settings, catalogue: await loadCatalogue(settings), initPath })
}

interface Parts {
  readonly database: Database
  readonly background: Background
  readonly queue: EmbeddedQueue
  readonly platform: Platform
  readonly worker: Worker
  readonly api: FastifyInstance
  readonly catalogue: Catalogue
}

interface Given {
  readonly database: Database
  readonly platform?: Platform
  readonly documented: boolean
}

async function wire(settings: Settings, observer: Observer, given: Given): Promise<Parts> {
  try {
    return await connect(settings, observer, given)
  } catch (error) {
    await given.database.close()
    throw error
  }
}

async function connect(settings: Settings, observer: Observer, given: Given): Promise<Parts> {
  const { database } = given
  const catalogue = await loadCatalogue(settings)
  const pins = plainRequests(parseWarmPins(settings.warm ?? ''), catalogue, ceilingsOf(settings))
  const platform = given.platform ?? createPlatform(settings, database.installationId, pins)
  const queue = new EmbeddedQueue({ database })
  const runs = new RunStore(database)
  const background = await createBackground(settings, observer, { database, version })
  const shortage = () => background.retention.shortage()
  const { maxQueuedRuns, maxQueuedRunsPerKey } = settings
  const lifecycle = new RunLifecycle({ database, queue, runs, maxQueuedRuns, maxQueuedRunsPerKey, shortage })
  const recovered = await lifecycle.recover()
  if (recovered.length > 0) observer.log.warn({ runs: recovered.length }, 'interrupted runs are back in the queue')
  const worker = new Worker({
    slots: settings.slots === 0 ? availableParallelism() : settings.slots,
    drainTimeoutMs: settings.drainTimeoutMs,
    resolve: request => catalogue.resolve(request),
    pinned: environment => catalogue.pinned(environment),
    artifactLimits: { maxFiles: settings.maxArtifacts, maxBytes: settings.maxArtifactBytes },
    hints: database.hints,
    workers: new WorkerStore(database),
    platform,
    queue,
    lifecycle,
    runs,
    terminals: new TerminalStore(database),
    observer,
  })
  const api = await apiOver(settings, observer, { ...given, queue, lifecycle, catalogue, trusted: false })
  return { database, background, queue, platform, worker, api, catalogue }
}

async function apiOver(
  settings: Settings,
  observer: Observer,
  given: Pick<Given, 'database' | 'documented'> &
    Pick<Parts, 'queue' | 'catalogue'> &
    Pick<ApiParts, 'lifecycle' | 'trusted'>,
): Promise<FastifyInstance> {
  const { database, queue, ...rest } = given
  return await createApi({
    queueDepth: () => queue.depth(),
    hints: database.hints,
    settings: apiSettings(settings),
    runs: new RunStore(database),
    events: new EventStore(database),
    artifacts: new ArtifactStore(database),
    terminals: new TerminalStore(database),
    workers: new WorkerStore(database),
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
  return { ...settings, role: 'all', ceilings: ceilingsOf(settings), allowNetwork: false, webhooks }
}

/** From here on runs are taken. Resolves, and never rejects, when it is known which images are present: that waits for the engine. */
function start({ worker, background, catalogue }: Parts): Promise<void> {
  worker.start()
  background.retention.start()
  background.deliverer.start()
  return worker.readImages(catalogue.families().flatMap(family => catalogue.resolve(family.name)))
}

/** The worker first: clients follow their runs until the last one is settled. */
async function closeAll(parts: Parts): Promise<void> {
  await parts.worker.stop()
  await parts.api.close()
  await Promise.all([parts.background.deliverer.stop(), parts.background.retention.stop()])
  await parts.queue.close()
  await parts.platform.close()
  await parts.database.close()
}

async function loadCatalogue(settings: Settings): Promise<Catalogue> {
  return await Catalogue.load([settings.environmentsDirectory ?? shippedEnvironments])
}

/** Without pins nothing is kept warm: one command would only pay for it. */
function createPlatform(settings: Settings, installationId: string, pins?: readonly WarmPin[]): Platform {
  return new DockerPlatform({
    installationId,
    initPath,
    host: settings.dockerHost,
    runtime: settings.runtime,
    cpus: settings.cpus,
    pull: settings.pull,
    build: settings.build,
    registry: settings.registry,
    ...(pins && { warm: { budgetBytes: settings.warmMemoryBytes, pins, preboot: settings.preboot } }),
  })
}
