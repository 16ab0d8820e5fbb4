import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const mainPath = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const logKeptCharacters = 20_000

/** `run-it serve` that may be killed before it listens as well as later, unlike the server of `test/support/server.ts`. */
export class KillableServer {
  /** Once it listens; undefined if it ended before that. */
  readonly url: Promise<string | undefined>
  readonly pid: number
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #log = ''

  constructor(dataDirectory: string, flags: readonly string[] = [], variables: NodeJS.ProcessEnv = {}) {
    const all = ['--port', '0', '--data-directory', dataDirectory, '--log-format', 'json', '--no-pull', ...flags]
    this.#child = spawn(process.execPath, [mainPath, 'serve', ...all], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...variables },
    })
    this.pid = this.#child.pid ?? 0
    this.#ended = once(this.#child, 'close')
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    this.url = promise
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString('utf8')).slice(-logKeptCharacters)
      const url = /"url":"(http:[^"]+)"/.exec(this.#log)?.[1]
      if (url !== undefined) resolve(url)
    })
    void this.#ended.then(() => resolve(undefined))
  }

  get log(): string {
    return this.#log
  }

  /** Null when a signal ended it. */
  get exitCode(): number | null {
    return this.#child.exitCode
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#child.kill(signal)
    await this.#ended
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#ended
  }
}
