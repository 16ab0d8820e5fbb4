import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RunItClient } from '../../sdk/src/client.ts'
import { shapeVariables } from './shape.ts'
import { waitFor } from './wait-for.ts'

const mainPath = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** With a fake engine, of the architecture in `TEST_ARCHITECTURE`. */
export const fakeEnginePath = fileURLToPath(new URL('./fake-engine-server.ts', import.meta.url))
const logKeptBytes = 64 * 1024

/** `run-it serve` as a process of its own, on a free port of loopback, and a temporary data directory or a database. */
export class TestServer implements AsyncDisposable {
  readonly client: RunItClient
  readonly url: string
  readonly dataDirectory: string
  readonly #child: ChildProcess
  readonly #log: () => string
  readonly #ownsData: boolean

  private constructor(parts: {
    readonly url: string
    readonly dataDirectory: string
    readonly child: ChildProcess
    readonly log: () => string
    readonly ownsData: boolean
  }) {
    this.url = parts.url
    this.client = new RunItClient({ baseUrl: parts.url })
    this.dataDirectory = parts.dataDirectory
    this.#child = parts.child
    this.#log = parts.log
    this.#ownsData = parts.ownsData
  }

  /** With a `dataDirectory` it is the caller's to delete. */
  static async start(
    options: {
      readonly dataDirectory?: string
      readonly flags?: readonly string[]
      readonly variables?: NodeJS.ProcessEnv
      /** What is started. Default: `run-it`. */
      readonly program?: string
    } = {},
  ): Promise<TestServer> {
    const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'run-it-test-')))
    const flags = ['--port', '0', '--data-directory', dataDirectory, '--log-format', 'json', ...(options.flags ?? [])]
    const child = spawn(process.execPath, [options.program ?? mainPath, 'serve', ...flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...(await shapeVariables(dataDirectory)), ...options.variables },
    })
    let log = ''
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString('utf8')).slice(-logKeptBytes)
    })
    const url = await waitFor(`the server's address in: ${log}`, () => {
      if (child.exitCode !== null) throw new Error(`the server exited with ${child.exitCode}: ${log}`)
      return /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0]
    })
    const ownsData = options.dataDirectory === undefined
    return new TestServer({ url, dataDirectory, child, log: () => log, ownsData })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The end of what it logged. */
  get log(): string {
    return this.#log()
  }

  /** Undefined while it lives, then its exit code, or null when a signal ended it. */
  get exitCode(): number | null | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? undefined : this.#child.exitCode
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.exitCode !== undefined) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM')
    if (this.#ownsData) await rm(this.dataDirectory, { recursive: true, force: true })
  }
}
