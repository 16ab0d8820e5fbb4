import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import type { Environment } from '../../environment/environment.ts'
import type { ImageProgress } from '../../run/event.ts'
import { newRunId, type RunId } from '../../run/id.ts'
import { defaultLimits } from '../../run/limits.ts'
import type { Platform, PlatformInfo, ResolvedImage, Sandbox, SandboxRequest } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { DockerEngine } from './engine.ts'
import { type DockerImage, Images } from './images.ts'
import { InitVolume } from './init-volume.ts'
import { measureVersion } from './measure-version.ts'
import { plainRegistry, type RegistrySettings } from './registry.ts'
import { removeImage } from './remove-image.ts'
import { SandboxMaker } from './sandbox-maker.ts'
import { coldName } from './sandbox-name.ts'
import { firstUserOfShare } from './sandbox-users.ts'
import { sweepSandboxes } from './sweep.ts'
import { UnprovenSandbox } from './unproven-sandbox.ts'
import { type WarmOptions, WarmSlots } from './warm-slots.ts'

const measureDeadlineMs = 60_000

export interface DockerPlatformOptions {
  readonly installationId: string
  /** Who makes the sandboxes, as its own row calls it. */
  readonly workerId?: string
  /** As in `DOCKER_HOST`. */
  readonly host?: string
  /** Other workers make sandboxes on the same engine. */
  readonly isShared?: boolean
  /** Where the init binary was built. */
  readonly initPath: string
  readonly runtime?: string
  readonly cpus: number
  readonly pull: boolean
  readonly build: boolean
  readonly registry?: Partial<RegistrySettings>
  /** Absent: nothing is made ahead. */
  readonly warm?: WarmOptions
}

/** The platform on Docker Engine 20.10 and later. */
export class DockerPlatform implements Platform {
  readonly name = 'docker'
  readonly #options: DockerPlatformOptions
  readonly #engine: DockerEngine
  readonly #images: Images
  readonly #maker: SandboxMaker
  readonly #warm: WarmSlots | undefined

  constructor(options: DockerPlatformOptions) {
    this.#options = options
    this.#engine = new DockerEngine(options.host)
    const init = new InitVolume(this.#engine, options.initPath)
    const { workerId = `${hostname()}-${process.pid}` } = options
    const firstUser = options.isShared ? firstUserOfShare(randomInt(2 ** 32)) : undefined
    this.#maker = new SandboxMaker(this.#engine, init, { ...options, workerId, firstUser })
    this.#images = new Images(this.#engine, {
      pull: options.pull,
      build: options.build,
      registry: { ...plainRegistry, ...options.registry },
      measureVersion: (image, command, signal) => this.#measureVersion(image, command, signal),
    })
    const { warm } = options
    if (warm !== undefined && warm.budgetBytes > 0) {
      const present = (environments: readonly Environment[], signal: AbortSignal) =>
        this.#images.present(environments, signal)
      this.#warm = new WarmSlots({ maker: this.#maker, present, ...warm })
    }
  }

  async check(signal: AbortSignal): Promise<PlatformInfo> {
    const info = await this.#engine.check(signal)
    const [, architecture] = this.#options.registry?.imagePlatform?.split('/') ?? []
    return architecture === undefined ? info : { ...info, architecture }
  }

  images(environments: readonly Environment[], signal: AbortSignal): Promise<readonly ResolvedImage[]> {
    return this.#images.present(environments, signal)
  }

  prepare(
    candidates: readonly Environment[],
    onProgress: (progress: ImageProgress) => void,
    signal: AbortSignal,
  ): Promise<ResolvedImage> {
    return this.#images.prepare(candidates, onProgress, signal)
  }

  async removeImage(reference: string, signal: AbortSignal): Promise<'removed' | 'in-use' | 'gone'> {
    const result = await removeImage(this.#engine, reference, signal)
    if (result === 'removed') this.#images.forget()
    return result
  }

  async open(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox> {
    if (request.network) throw new PlatformError('refused', 'This platform gives no network to sandboxes')
    try {
      const warm = await this.#warm?.open(request, signal)
      if (warm === undefined) return await this.#openCold(request, signal)
      const { sandbox, answers } = warm
      if (answers === undefined) return sandbox
      // The one in its place is asked first: nothing is tried for ever.
      const openAgain = (again: AbortSignal) => this.open({ ...request, onlyOnce: true }, again)
      return new UnprovenSandbox(sandbox, { answers, openAgain })
    } catch (error) {
      this.#images.forget()
      throw error
    }
  }

  async sweep(
    keep: ReadonlySet<RunId>,
    signal: AbortSignal,
    keepWorkers: ReadonlySet<string> = new Set(),
  ): Promise<{ readonly removed: number }> {
    const { installationId } = this.#options
    const owner = { installationId, keepRuns: keep, keepWorkers, keepNames: this.#maker.names }
    const swept = await sweepSandboxes(this.#engine, owner, signal)
    // Who sweeps is a worker, and now there is room.
    this.#warm?.start()
    return swept
  }

  async close(): Promise<void> {
    await this.#warm?.close()
  }

  /** How many sandboxes wait for a run at this moment. */
  get warmCount(): number {
    return this.#warm?.count ?? 0
  }

  async #openCold(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox> {
    const { limits, deadline } = request
    const image = request.image as DockerImage
    const run = { id: request.runId, attempt: request.attempt }
    const make = () => this.#maker.make({ name: coldName(request), image, limits, run, deadline }, signal)
    const { sandbox } = this.#warm === undefined ? await make() : await this.#warm.giveWay(make)
    return sandbox
  }

  async #measureVersion(image: DockerImage, command: readonly string[], signal: AbortSignal): Promise<string> {
    const deadline = new Date(Date.now() + measureDeadlineMs)
    const limits = defaultLimits
    await using sandbox = await this.#openCold(
      { runId: newRunId(), attempt: 1, image, limits, network: false, deadline },
      signal,
    )
    return await measureVersion(sandbox, { name: image.environment.name, command, env: image.env, limits }, signal)
  }
}
