import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ServerConnection } from './server-connection.ts'

const mainPath = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const startDeadlineMs = 30_000
const pollMs = 5
const endDeadlineMs = 30_000
const logKeptCharacters = 16 * 1024

export interface ServerOptions {
  readonly temporaryFolder: string
  /** Flags of `run-it serve`. */
  readonly flags?: readonly string[]
  /** Connections that the client keeps open to it. Default 1. */
  readonly connections?: number
  readonly signal: AbortSignal
}

/**
 * `run-it serve` as a process of its own with a data directory of its own, and a client that talks to it over loopback. What still runs
 * when it is disposed is given up.
 */
export class BenchServer implements AsyncDisposable {
  readonly connection: ServerConnection
  /** From the start of the process to its first answer, and until it could run programs. */
  readonly startedMs: { readonly live: number; readonly ready: number }
  readonly #child: ChildProcess
  readonly #dataDirectory: string

  private constructor(parts: {
    readonly connection: ServerConnection
    readonly startedMs: { readonly live: number; readonly ready: number }
    readonly child: ChildProcess
    readonly dataDirectory: string
  }) {
    this.connection = parts.connection
    this.startedMs = parts.startedMs
    this.#child = parts.child
    this.#dataDirectory = parts.dataDirectory
  }

  static async start(options: ServerOptions): Promise<BenchServer> {
    const dataDirectory = await mkdtemp(join(options.temporaryFolder, 'data-'))
    const flags = ['--port', '0', '--data-directory', dataDirectory, '--log-format', 'json', '--drain-timeout-ms', '0']
    const startedAt = performance.now()
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', mainPath, 'serve', ...flags, ...(options.flags ?? [])],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    try {
      const url = await addressOf(child, options.signal)
      const connection = new ServerConnection(url, options.connections ?? 1)
      const live = await until('/health/live', connection, startedAt, options.signal)
      const ready = await until('/health/ready', connection, startedAt, options.signal)
      return new BenchServer({ connection, startedMs: { live, ready }, child, dataDirectory })
    } catch (error) {
      await endProcess(child)
      await rm(dataDirectory, { recursive: true, force: true })
      throw error
    }
  }

  get processId(): number {
    return this.#child.pid ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endProcess(this.#child)
    await this.connection[Symbol.asyncDispose]()
    await rm(this.#dataDirectory, { recursive: true, force: true })
  }
}

/** It is in the log, as port 0 lets the system choose one. */
async function addressOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let log = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    // Read to the end of its life, or the server would wait for its log to be taken.
    log = (log + text).slice(-logKeptCharacters)
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0]
    if (found !== undefined) resolve(found)
  })
  child.once('exit', code => reject(new Error(`the server exited with ${code}: ${log}`)))
  const timer = setTimeout(() => reject(new Error(`the server did not start: ${log}`)), startDeadlineMs)
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

async function until(
  path: string,
  connection: ServerConnection,
  startedAt: number,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    if ((await connection.status(path, signal)) === 200) return performance.now() - startedAt
    if (performance.now() - startedAt > startDeadlineMs) throw new Error(`the server does not answer at ${path}`)
    await pause(pollMs, undefined, { signal })
  }
}

/** Politely, then not. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), endDeadlineMs)
  await exited
  clearTimeout(timer)
}
