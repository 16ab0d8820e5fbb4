import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RunItClient } from '../../sdk/src/client.ts'

const target = fileURLToPath(new URL('./endurance-target.ts', import.meta.url))
const atOnce = 16

export interface Memory {
  readonly rssBytes: number
  readonly heapBytes: number
}

/** A server on a fake platform, for as many runs as one likes. */
export class EnduranceServer implements AsyncDisposable {
  readonly client: RunItClient
  readonly #child: ChildProcess
  readonly #dataDirectory: string
  /** The most that the data directory ever had. */
  mostBytes = 0

  private constructor(child: ChildProcess, url: string, dataDirectory: string) {
    this.#child = child
    this.client = new RunItClient({ baseUrl: url })
    this.#dataDirectory = dataDirectory
  }

  static async start(dataDirectory: string, settings: Readonly<Record<string, string>>): Promise<EnduranceServer> {
    const flags = Object.entries({ ...settings, dataDirectory }).map(([name, value]) => `${name}=${value}`)
    // As the launcher starts it.
    const options = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4', '--expose-gc']
    const child = spawn(process.execPath, [...options, target, ...flags], {
      env: { ...process.env, MALLOC_ARENA_MAX: '1' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [{ url }] = (await once(child, 'message')) as [{ url: string }]
    return new EnduranceServer(child, url, dataDirectory)
  }

  /** So many runs, some at once: posted, waited for, now and then followed and read; each must end well. */
  async run(count: number, outputBytes: number): Promise<void> {
    let left = count
    const work = async () => {
      while (left > 0) await this.#runOne(left--, outputBytes)
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  }

  async memory(): Promise<Memory> {
    this.#child.send('memory')
    const [memory] = (await once(this.#child, 'message')) as [Memory]
    return memory
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }

  async #runOne(number: number, outputBytes: number): Promise<void> {
    const { runs } = this.client
    const source = `print ${number}\nflood ${outputBytes}\n`
    const run = await runs.submit({ environment: 'bash', source, labels: { number: String(number) } }, { wait: 60 })
    assert.deepEqual(run.outcome, { kind: 'exited', code: 0 })
    assert.equal(run.stages[0]?.stdout.bytes, outputBytes + `${number}\n`.length)
    if (number % 10 !== 0) return
    for await (const _event of runs.events(run.id)) void 0
    await runs.list({ label: `number:${number}` })
    this.mostBytes = Math.max(this.mostBytes, this.diskBytes())
  }

  diskBytes(): number {
    const sizes = readdirSync(this.#dataDirectory).map(name => statSync(join(this.#dataDirectory, name)).size)
    return sizes.reduce((sum, size) => sum + size, 0)
  }
}
