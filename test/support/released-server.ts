import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { RunItClient } from '../../sdk/src/client.ts'

const target = fileURLToPath(new URL('./release-target.ts', import.meta.url))

/** A process of a release that comes so many minor versions after this program's: see `release-target.ts`. */
export class ReleasedServer implements AsyncDisposable {
  readonly client: RunItClient
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.client = new RunItClient({ baseUrl: url })
  }

  static async start(databaseUrl: string, distance: number): Promise<ReleasedServer> {
    const { child, told } = await spawnTarget(databaseUrl, distance)
    if (told.url === undefined) throw new Error(`it did not start: ${told.refusal}`)
    return new ReleasedServer(child, told.url)
  }

  /** Why one does not start. */
  static async refusal(databaseUrl: string, distance: number): Promise<string> {
    const { child, told } = await spawnTarget(databaseUrl, distance)
    if (told.refusal !== undefined) return told.refusal
    child.disconnect()
    await once(child, 'exit')
    throw new Error('it started')
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isAlive) return
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }
}

interface Told {
  readonly url?: string
  readonly refusal?: string
}

async function spawnTarget(databaseUrl: string, distance: number) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', target, databaseUrl, `${distance}`], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [told] = (await once(child, 'message')) as [Told]
  return { child, told }
}
