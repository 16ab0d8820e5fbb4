import type { Readable, Writable } from 'node:stream'
import type { OpenWebSocket } from '@run-it/sdk'
import type { Settings } from '../config/settings.ts'
import type { Diagnosis } from '../platform/diagnosis.ts'
import type { ImageProgress } from '../run/event.ts'
import type { Observer } from '../telemetry/observer.ts'

/** The world as a command sees it: all that it reads and writes goes through here, so that tests can give it another one. */
export interface CliContext {
  readonly version: string
  /** Without the program's own name. */
  readonly argv: readonly string[]
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly stdin: Readable & {
    readonly isTTY?: boolean
    readonly fd?: number
    /** Of a terminal: whether each key comes as it is, or lines do. The process gives it back at its end, whatever ends it. */
    setRawMode?(isRaw: boolean): unknown
  }
  /** Of the same terminal, in raw mode: shows bytes as they are, without making two of each line's end. Ends with raw mode. */
  passOutput?(): void
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly fetch: typeof fetch
  /** Loads the engine. Only the commands that start one in this process may: it costs most of a second. */
  loadApp(): Promise<App>
  /** Calls the listener for each SIGINT, SIGTERM and SIGHUP, which then do nothing else. Returns the way to stop. */
  onInterrupt(listener: (signal: InterruptSignal) => void): () => void
  /** Ends the process without waiting for anything. */
  exitNow(exitCode: number): void
  /** What the process will exit with; a command that does not set it exits with 0, one that throws with its error's code. */
  exitCode: number
}

export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** Emits `resize` when its size changes. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

/** What the commands need of `src/app.ts`. */
export interface App {
  /** An engine of its own in a temporary data folder, without a port. `close` leaves nothing behind. */
  startEmbedded(
    settings: Settings,
    observer: Observer,
    options?: { readonly knowsImages?: boolean; readonly slots?: number },
  ): Promise<EmbeddedEngine>
  /** `close` lets runs finish; `hurry` makes a `close` that is under way hand them back at once. */
  startServer(settings: Settings, observer: Observer): Promise<AppServer>
  /** The API of a data directory that no server has open, for managing its keys. */
  openKeys(settings: Settings, observer: Observer): Promise<{ fetch: typeof fetch; close(): Promise<void> }>
  prepareEnvironment(
    settings: Settings,
    observer: Observer,
    name: string,
    onProgress: (progress: ImageProgress) => void,
    signal: AbortSignal,
  ): Promise<PreparedEnvironment>
  diagnose(settings: Settings): Promise<readonly Diagnosis[]>
}

export interface EmbeddedEngine {
  readonly fetch: typeof fetch
  readonly webSocket?: OpenWebSocket
  /** What each environment brings to prove itself. */
  selfTests(): Promise<readonly SelfTest[]>
  /** Makes an environment's image present. */
  prepare(
    name: string,
    onProgress: (progress: ImageProgress) => void,
    signal: AbortSignal,
  ): Promise<PreparedEnvironment>
  close(): Promise<void>
}

export interface PreparedEnvironment {
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly sizeBytes?: number
}

export interface SelfTest {
  /** Of the environment. */
  readonly name: string
  readonly programs: readonly SelfTestProgram[]
  /** Why they cannot be read. */
  readonly error?: string
}

export interface SelfTestProgram {
  readonly program: 'hello' | 'sample'
  readonly file: string
  readonly source: string
  readonly stdin: string
  readonly expected: string
}

export interface AppServer {
  readonly url: string
  close(): Promise<void>
  hurry(): void
  /** The engine is absent if it could not be reached before the signal was aborted. */
  describe(signal: AbortSignal): Promise<{ readonly engine?: string; readonly slots: number }>
}
