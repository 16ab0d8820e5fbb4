import { setTimeout as pause } from 'node:timers/promises'
import { inProcessFetch } from './api/in-process-fetch.ts'
import { inProcessWebSocket } from './api/in-process-web-socket.ts'
import { ConfigError } from './config/config-error.ts'
import { isLoopback } from './config/loopback.ts'
import type { Settings } from './config/settings.ts'
import { readSelfTest, type SelfTest } from './environment/self-test.ts'
import { installedEnvironments } from './installed-environments.ts'
import { metricSources } from './metric-sources.ts'
import { apiOver, closeAll, createPlatform, initPath, type Parts, start, version, wire } from './parts.ts'
import type { Diagnosis } from './platform/diagnosis.ts'
import type { Platform } from './platform/platform.ts'
import { RunLifecycle } from './queue/run-lifecycle.ts'
import type { ImageProgress } from './run/event.ts'
import { openMemoryShape, openShape, type Shape } from './shape.ts'
import { KeyStore } from './store/key-store.ts'
import type { Release } from './store/migrations/release.ts'
import { RunStore } from './store/run-store.ts'
import type { Observer } from './telemetry/observer.ts'
import { Telemetry } from './telemetry/telemetry.ts'

/** Where the engine is away, nothing is ready, and nobody waits to be told so. */
const imagesDeadlineMs = 5_000

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

/** `run-it serve`: what the role says, over the data directory or a database. What is given beside the settings is for tests. */
export async function startServer(
  settings: Settings,
  log: Observer,
  platform?: Platform,
  release?: Release,
): Promise<Server> {
  const telemetry = new Telemetry({ log, version, metrics: settings.metrics, variables: process.env })
  const { observer, metrics } = telemetry
  const shape = await openShape(settings, release)
  await refuseExposure(settings, shape)
  const parts = await wire(settings, observer, { shape, platform, documented: true, metrics })
  try {
    const url = await parts.api.listen({ host: settings.host, port: settings.port })
    // Not before: a server that cannot have its address has no business with the runs.
    start(parts)
    telemetry.start(metricSources({ ...parts, ...parts.shape }))
    return {
      url,
      close: () => closeAll(parts).then(() => telemetry.close()),
      hurry: () => parts.worker?.hurry(),
      describe: signal => describe(parts, signal),
    }
  } catch (error) {
    await closeAll(parts)
    throw error
  }
}

/** Without a key everybody who can reach the server is its operator: then nobody but this machine may reach it. */
async function refuseExposure(settings: Settings, shape: Shape): Promise<void> {
  const { host, dataDirectory, role } = settings
  if (isLoopback(host) || role === 'worker' || (await new KeyStore(shape.database).exist())) return
  await shape.close()
  const place = shape.database.isShared ? '' : ` --data-directory ${dataDirectory}`
  throw new ConfigError([
    `host: "${host}" is not a loopback address, and there is no API key yet: everybody who can reach the server could run programs ` +
      `on it. Make a key first: run-it keys create admin --scope admin${place}`,
  ])
}

async function describe({ worker }: Parts, signal: AbortSignal) {
  if (worker === undefined) return { slots: 0 }
  await worker.monitor.waitUntilUp(signal).catch(() => {})
  const { state } = worker.monitor
  const engine = state.kind === 'up' ? `${state.info.name} ${state.info.engineVersion}` : undefined
  return { engine, slots: worker.slots }
}

/** The API of a database, or of a data directory that no server has open, for managing its keys: whoever can write there needs none. */
export async function openKeys(
  settings: Settings,
  observer: Observer,
): Promise<{ fetch: typeof fetch; close(): Promise<void> }> {
  const shape = await openShape({ ...settings, role: 'all' })
  const { database, queue } = shape
  const lifecycle = new RunLifecycle({ database, queue, runs: new RunStore(database), maxQueuedRuns: 0 })
  try {
    const catalogue = await installedEnvironments(settings)
    const api = await apiOver(settings, observer, { shape, lifecycle, catalogue, documented: false, trusted: true })
    return { fetch: inProcessFetch(api), close: () => api.close().then(() => shape.close()) }
  } catch (error) {
    await shape.close()
    throw error
  }
}

type OnProgress = (progress: ImageProgress) => void

export interface PreparedEnvironment {
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly sizeBytes?: number
}

export interface EmbeddedOptions {
  /** Find out first which images are present. */
  readonly knowsImages?: boolean
  /** Runs at the same time; one when absent. */
  readonly slots?: number
}

export interface Embedded {
  readonly fetch: typeof fetch
  readonly webSocket: ReturnType<typeof inProcessWebSocket>
  /** What each environment brings to prove itself. */
  selfTests(): Promise<readonly SelfTest[]>
  prepare(name: string, onProgress: OnProgress, signal: AbortSignal): Promise<PreparedEnvironment>
  close(): Promise<void>
}

/** The same engine without a port and without a file, for one command. */
export async function startEmbedded(
  settings: Settings,
  observer: Observer,
  options: EmbeddedOptions = {},
): Promise<Embedded> {
  const shape = await openMemoryShape()
  const slots = options.slots ?? 1
  const parts = await wire({ ...settings, role: 'all', slots }, observer, { shape, documented: false })
  const imagesRead = start(parts)
  if (options.knowsImages) await Promise.race([imagesRead, pause(imagesDeadlineMs, undefined, { ref: false })])
  return {
    fetch: inProcessFetch(parts.api),
    webSocket: inProcessWebSocket(parts.api),
    selfTests: () => Promise.all(parts.catalogue.families().map(readSelfTest)),
    prepare: (name, onProgress, signal) => prepareImage(parts, name, onProgress, signal),
    close: async () => {
      // Whoever started it has what he wanted: what is left was given up.
      parts.worker?.hurry()
      await closeAll(parts)
    },
  }
}

/** Makes an environment's image present, and tells what it is. */
export async function prepareEnvironment(
  settings: Settings,
  _observer: Observer,
  name: string,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<PreparedEnvironment> {
  const catalogue = await installedEnvironments(settings)
  const platform = createPlatform(settings, { installationId: 'none' })
  try {
    return await prepareImage({ catalogue, platform }, name, onProgress, signal)
  } finally {
    await platform.close()
  }
}

async function prepareImage(
  { catalogue, platform }: Pick<Parts, 'catalogue' | 'platform'>,
  name: string,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<PreparedEnvironment> {
  if (platform === undefined) throw new Error('this process runs no programs')
  const image = await platform.prepare(catalogue.resolve(name), onProgress, signal)
  const { environment, version, digest, sizeBytes } = image
  return { name: environment.name, version, digest, sizeBytes }
}

/** `run-it doctor`: what is right and wrong with this installation. */
export async function diagnose(settings: Settings): Promise<readonly Diagnosis[]> {
  const { diagnoseDocker } = await import('./platform/docker/diagnose.ts')
  return await diagnoseDocker({ settings, catalogue: await installedEnvironments(settings), initPath })
}
