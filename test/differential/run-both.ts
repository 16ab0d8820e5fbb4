import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Catalogue } from '../../src/environment/catalogue.ts'
import { DockerEngine } from '../../src/platform/docker/engine.ts'
import { type DockerImage, Images } from '../../src/platform/docker/images.ts'
import { InitVolume } from '../../src/platform/docker/init-volume.ts'
import { takesFiles } from '../../src/platform/docker/preboot.ts'
import { plainRegistry } from '../../src/platform/docker/registry.ts'
import { SandboxMaker } from '../../src/platform/docker/sandbox-maker.ts'
import type { Preboot, StageExit } from '../../src/platform/platform.ts'
import type { RunFile } from '../../src/run/file.ts'
import { defaultLimits } from '../../src/run/limits.ts'
import { plainPreboot } from '../../src/worker/plain-stage.ts'

const initPath = fileURLToPath(new URL('../../init/build/run-it-init', import.meta.url))
const never = new AbortController().signal
const sandboxLifeMs = 120_000
const outputBytes = 8 * 1024 * 1024

/** What a program may be given beside its source. */
export interface Surroundings {
  /** Path to text, beside the main file. */
  readonly files?: Readonly<Record<string, string>>
  readonly stdin?: string
}

export interface Seen {
  readonly outcome: StageExit['outcome']
  readonly stdout: string
  readonly stderr: string
}

/** Starts programs of one environment plainly and prebooted, in sandboxes of their own. */
export class BothWays {
  readonly preboot: Preboot
  readonly #maker: SandboxMaker
  readonly #image: DockerImage

  private constructor(maker: SandboxMaker, image: DockerImage, preboot: Preboot) {
    this.#maker = maker
    this.#image = image
    this.preboot = preboot
  }

  static async open(environment: string): Promise<BothWays> {
    const engine = new DockerEngine(undefined)
    const catalogue = await Catalogue.load([fileURLToPath(new URL('../../environments', import.meta.url))])
    const measureVersion = () => Promise.reject(new Error('the image is not here'))
    const images = new Images(engine, { pull: false, build: false, registry: plainRegistry, measureVersion })
    const image = await images.prepare(catalogue.resolve(environment), () => {}, never)
    const preboot = plainPreboot(image, { ...defaultLimits, outputBytes })
    if (preboot === undefined) throw new Error(`${environment} ${image.version} is not prebooted`)
    const installationId = randomUUID()
    const init = new InitVolume(engine, initPath)
    return new BothWays(new SandboxMaker(engine, init, { installationId, workerId: 'test', cpus: 1 }), image, preboot)
  }

  files(source: Uint8Array, surroundings: Surroundings = {}): readonly RunFile[] {
    const main = {
      path: this.preboot.main,
      content: Buffer.from(source).toString('base64'),
      encoding: 'base64',
    } as const
    const others = Object.entries(surroundings.files ?? {}).map(
      ([path, content]) => ({ path, content, encoding: 'utf8' }) as const,
    )
    return [main, ...others]
  }

  /** Whether the waiting process would be used for it at all. */
  isTaken(source: Uint8Array, surroundings?: Surroundings): boolean {
    return takesFiles(this.preboot, this.files(source, surroundings))
  }

  async see(source: Uint8Array, surroundings: Surroundings, isPrebooted: boolean): Promise<Seen> {
    const { exit, stdout, stderr } = await this.#run(source, surroundings, { isPrebooted })
    return { outcome: exit.outcome, stdout, stderr }
  }

  /** For how many ms longer than its stage a process was there that waits for so long, by what it prints: its age in seconds. */
  async waited(source: Uint8Array, restMs: number): Promise<number> {
    const { exit, stdout } = await this.#run(source, {}, { isPrebooted: true, restMs })
    return Number(stdout) * 1000 - exit.usage.wallTimeMs
  }

  async #run(source: Uint8Array, surroundings: Surroundings, how: { isPrebooted: boolean; restMs?: number }) {
    const deadline = new Date(Date.now() + sandboxLifeMs)
    const { argv, env, limits } = this.preboot
    const name = `run-it-differential-${randomUUID()}`
    await using sandbox = (await this.#maker.make({ name, image: this.#image, limits, deadline }, never)).sandbox
    if (how.isPrebooted && (await sandbox.preboot(this.preboot)) === undefined) throw new Error('it does not wait')
    await pause(how.restMs ?? 0)
    await sandbox.write(this.files(source, surroundings), never)
    const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
    const exit = await sandbox.exec(
      { name: 'run', argv, env, stdin: Buffer.from(surroundings.stdin ?? ''), limits },
      { write: (stream, chunk) => chunks[stream].push(chunk) },
      never,
    )
    const text = (stream: 'stdout' | 'stderr') => Buffer.concat(chunks[stream]).toString('latin1')
    return { exit, stdout: text('stdout'), stderr: text('stderr') }
  }
}

/** Each file of a folder beside this one is a program; its name says what it tries. */
export async function programsIn(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const url = new URL(`${folder}/`, import.meta.url)
  const names = (await readdir(url)).sort()
  const read = async (name: string) => [basename(name, extname(name)), await readFile(new URL(name, url))] as const
  return new Map(await Promise.all(names.map(read)))
}
