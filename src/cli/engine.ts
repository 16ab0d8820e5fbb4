import { RunItClient } from '@run-it/sdk'
import type { Settings } from '../config/settings.ts'
import type { Observer } from '../telemetry/observer.ts'
import type { CliContext, EmbeddedEngine } from './context.ts'
import { clientOf, namedServer, type ServerOptions } from './server-option.ts'

const dayMs = 24 * 60 * 60 * 1000

/** Whoever runs a program on his own machine is its operator too: the ceilings that guard a server are not in his way. */
const ownMachine = {
  logLevel: 'warn',
  slots: 1,
  maxWallTimeMs: dayMs,
  maxCpuTimeMs: dayMs,
  maxMemoryBytes: 1024 ** 4,
} as const satisfies Partial<Settings>

export interface EngineOptions extends ServerOptions {
  readonly config?: string
  /** Folder of further environments. */
  readonly environments?: string
  readonly dataDirectory?: string
  /** Find out first which images are present. */
  readonly knowsImages?: boolean
  /** Runs at the same time. */
  readonly slots?: number
}

/** Settings and observer for an engine in this process. Loads the schema and the logger, which the other commands do without. */
export async function engineSettings(
  options: EngineOptions,
  context: CliContext,
): Promise<{ readonly settings: Settings; readonly observer: Observer }> {
  const [{ loadSettings }, { createLog }, { createObserver }] = await Promise.all([
    import('../config/load-settings.ts'),
    import('../telemetry/log.ts'),
    import('../telemetry/create-observer.ts'),
  ])
  const { environments, dataDirectory } = options
  const settings = loadSettings({
    // It keeps nothing, so no database is its business: the variable is often another program's.
    variables: { ...context.variables, DATABASE_URL: undefined, DATABASE_URL_FILE: undefined },
    flags: { environments, dataDirectory },
    folder: context.folder,
    file: options.config,
    usesFolderFile: false,
    isTerminal: context.stderr.isTTY === true,
    defaults: ownMachine,
  })
  const log = createLog({ level: settings.logLevel, format: settings.logFormat, destination: context.stderr })
  return { settings, observer: createObserver(log) }
}

/** A client, and the engine in this process that it talks to, if there is one. */
export interface Engine extends AsyncDisposable {
  readonly client: RunItClient
}

/** An engine of our own, and what only such a one can do. */
export interface OwnEngine extends Engine, Pick<EmbeddedEngine, 'selfTests' | 'prepare'> {}

export async function startEngine(options: EngineOptions, context: CliContext): Promise<OwnEngine> {
  const { settings, observer } = await engineSettings(options, context)
  const app = await context.loadApp()
  const { knowsImages, slots } = options
  const engine = await app.startEmbedded(settings, observer, { knowsImages, slots })
  return {
    client: new RunItClient({ baseUrl: 'http://embedded.invalid', fetch: engine.fetch, webSocket: engine.webSocket }),
    selfTests: () => engine.selfTests(),
    prepare: (name, onProgress, signal) => engine.prepare(name, onProgress, signal),
    [Symbol.asyncDispose]: () => engine.close(),
  }
}

/** The server that was named, or else an engine of our own. */
export async function connectOrStart(options: EngineOptions, context: CliContext): Promise<Engine> {
  if (namedServer(options, context) === undefined) return startEngine(options, context)
  return { client: clientOf(options, context), async [Symbol.asyncDispose]() {} }
}
