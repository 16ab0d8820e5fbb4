import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { Environment } from '../../environment/environment.ts'
import type { ImageProgress } from '../../run/event.ts'
import { newRunId, type RunId } from '../../run/id.ts'
import { defaultLimits } from '../../run/limits.ts'
import type { Platform, PlatformInfo, ResolvedImage, Sandbox, SandboxRequest } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { DockerSandbox } from './docker-sandbox.ts'
import { DockerEngine } from './engine.ts'
import { engineStatus, orSandboxLost } from './engine-error.ts'
import { type DockerImage, Images } from './images.ts'
import { InitChannel } from './init-channel.ts'
import { InitVolume } from './init-volume.ts'
import { measureVersion } from './measure-version.ts'
import { initFolder, sandboxConfig } from './sandbox-config.ts'
import { SandboxUsers } from './sandbox-users.ts'
import { sweepSandboxes } from './sweep.ts'

const openDeadlineMs = 60_000

export interface DockerPlatformOptions {
  readonly installationId: string
  /** As in `DOCKER_HOST`. */
  readonly host?: string
  /** Where the init binary was built. */
  readonly initPath: string
  readonly runtime?: string
  readonly cpus: number
  readonly pull: boolean
  readonly build: boolean
  readonly registry?: string
}

interface SandboxPlan {
  readonly name: string
  readonly user: number
  readonly request: SandboxRequest
  /** To be called once the sandbox is gone. */
  readonly onGone: () => void
}

/** The platform on Docker Engine 20.10 and later. */
export class DockerPlatform implements Platform {
  readonly name = 'docker'
  readonly #options: DockerPlatformOptions
  readonly #engine: DockerEngine
  readonly #init: InitVolume
  readonly #images: Images
  /** Names of the containers that this process has open: its own sweeper leaves them alone. */
  readonly #open = new Set<string>()
  readonly #users = new SandboxUsers()

  constructor(options: DockerPlatformOptions) {
    this.#options = options
    this.#engine = new DockerEngine(options.host)
    this.#init = new InitVolume(this.#engine, options.initPath)
    this.#images = new Images(this.#engine, {
      pull: options.pull,
      build: options.build,
      registry: options.registry ?? '',
      measureVersion: (image, command, signal) => this.#measureVersion(image, command, signal),
    })
  }

  check(signal: AbortSignal): Promise<PlatformInfo> {
    return this.#engine.check(signal)
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

  async open(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox> {
    if (request.network) throw new PlatformError('refused', 'This platform gives no network to sandboxes')
    const part = request.part === undefined ? '' : `-${request.part}`
    const name = `run-it-${request.runId.toLowerCase()}-${request.attempt}${part}`
    const user = this.#users.take()
    const onGone = () => {
      this.#open.delete(name)
      this.#users.giveBack(user)
    }
    this.#open.add(name)
    const start = () => this.#start({ name, user, request, onGone }, signal)
    try {
      return await start().catch(async error => {
        if (!isWithoutInit(error)) throw error
        // Nothing was executed, so the volume is filled and the run pays nothing for it.
        this.#init.forget()
        await this.#discard(name)
        return await start()
      })
    } catch (error) {
      await this.#discard(name)
      onGone()
      throw isWithoutInit(error) ? new PlatformError('sandbox-lost', error.message, { cause: error }) : error
    }
  }

  async sweep(keep: ReadonlySet<RunId>, signal: AbortSignal): Promise<{ readonly removed: number }> {
    const { installationId } = this.#options
    return await sweepSandboxes(this.#engine, { installationId, keepRuns: keep, keepNames: this.#open }, signal)
  }

  async close(): Promise<void> {
    // Nothing of the engine's is held between calls.
  }

  async #start(plan: SandboxPlan, signal: AbortSignal): Promise<Sandbox> {
    const container = await this.#create(plan, signal)
    const channel = await this.#attachAndStart(container, signal)
    return new DockerSandbox({
      engine: this.#engine,
      container,
      channel,
      limits: plan.request.limits,
      onDisposed: plan.onGone,
    })
  }

  async #attachAndStart(container: Docker.Container, signal: AbortSignal): Promise<InitChannel> {
    let channel: InitChannel | undefined
    try {
      const line = new InitChannel(
        await this.#engine.call('attach to a sandbox', signal, (_, abortSignal) => attach(container, abortSignal)),
      )
      channel = line
      await this.#engine.call(
        'start a sandbox',
        signal,
        async (_, abortSignal) => {
          // The engine refuses a body here, so the signal goes around it.
          await container.start({ _query: {}, _body: {}, abortSignal } as object)
          await line.ready
        },
        openDeadlineMs,
      )
      return line
    } catch (error) {
      channel?.close()
      throw isWithoutInit(error) ? error : orSandboxLost(error)
    }
  }

  async #create({ name, user, request }: SandboxPlan, signal: AbortSignal): Promise<Docker.Container> {
    const { installationId, cpus, runtime } = this.#options
    const initVolume = await this.#init.name()
    const config = sandboxConfig({
      name,
      image: request.image.reference,
      imageVolumes: (request.image as DockerImage).volumes,
      initVolume,
      user,
      limits: request.limits,
      cpus,
      runtime,
      installationId,
      runId: request.runId,
      attempt: request.attempt,
      deadline: request.deadline,
      lifetimeSeconds: Math.max(1, Math.ceil((request.deadline.getTime() - Date.now()) / 1000)),
    })
    try {
      return await this.#engine.call('create a sandbox', signal, (client, abortSignal) =>
        client.createContainer({ _query: { name }, _body: config, abortSignal } as Docker.ContainerCreateOptions),
      )
    } catch (error) {
      // The image or the volume was removed behind our back: the next try makes them again.
      if (error instanceof PlatformError && engineStatus(error.cause) === 404) {
        this.#init.forget()
        throw new PlatformError('sandbox-lost', error.message, { cause: error })
      }
      throw error
    }
  }

  /** After a failure on the way it is not known whether the engine made the container: its answer may have been lost. */
  async #discard(name: string): Promise<void> {
    try {
      await this.#engine.call('remove a sandbox', new AbortController().signal, (client, abortSignal) =>
        client.getContainer(name).remove({ _query: { force: true, v: true }, abortSignal } as object),
      )
    } catch {
      // Not there, or for the sweeper.
    }
  }

  async #measureVersion(image: DockerImage, command: readonly string[], signal: AbortSignal): Promise<string> {
    const deadline = new Date(Date.now() + openDeadlineMs)
    const limits = defaultLimits
    await using sandbox = await this.open(
      { runId: newRunId(), attempt: 1, image, limits, network: false, deadline },
      signal,
    )
    return await measureVersion(sandbox, { name: image.environment.name, command, env: image.env, limits }, signal)
  }
}

/** Nothing starts then: the engine lost the volume and made an empty one in its place, or another process is just filling it. */
function isWithoutInit(error: unknown): error is PlatformError {
  return error instanceof PlatformError && error.message.includes(`${initFolder}/init`)
}

async function attach(container: Docker.Container, abortSignal: AbortSignal): Promise<Duplex> {
  // With a body: the client library sends nothing at all before the first write otherwise, and would wait for an answer to it.
  const stream: unknown = await container.attach({
    hijack: true,
    stream: true,
    stdin: true,
    stdout: true,
    stderr: true,
    abortSignal,
  })
  return stream as Duplex
}
