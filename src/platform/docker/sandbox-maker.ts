import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { Limits } from '../../run/limits.ts'
import { PlatformError } from '../platform-error.ts'
import { DockerSandbox } from './docker-sandbox.ts'
import type { DockerEngine } from './engine.ts'
import { engineStatus, orSandboxLost } from './engine-error.ts'
import type { DockerImage } from './images.ts'
import { InitChannel } from './init-channel.ts'
import type { InitVolume } from './init-volume.ts'
import { initFolder, sandboxConfig } from './sandbox-config.ts'
import { type NamedRun, takenName } from './sandbox-name.ts'
import { SandboxUsers } from './sandbox-users.ts'

const openDeadlineMs = 60_000
/** An engine that was left alone while it made a container is done with it, or never will be, in this time. */
const discardTries = 4
const discardPauseMs = 150
/** Most runs are over by then, and an engine that renames is in the way of the others. */
const renameDelayMs = 250

export interface SandboxMakerOptions {
  readonly installationId: string
  readonly workerId: string
  readonly cpus: number
  readonly runtime?: string
  /** Of the sandboxes' users. */
  readonly firstUser?: number
}

export interface SandboxOrder {
  readonly name: string
  readonly image: DockerImage
  readonly limits: Limits
  /** Absent: it is made ahead. */
  readonly run?: { readonly id: string; readonly attempt: number }
  readonly deadline: Date
}

interface Place {
  readonly user: number
  addName(name: string): void
  /** To be called once the sandbox is gone. */
  leave(): void
}

export interface MadeSandbox {
  readonly sandbox: DockerSandbox
  readonly channel: InitChannel
  /** Says in the container's name whose it is, once it has been so for a moment. Nobody needs to wait for it. */
  rename(run: NamedRun): Promise<void>
}

/** Makes containers with init ready in them, and knows which of them are still there. */
export class SandboxMaker {
  /** What this process has open: its own sweeper leaves it alone. */
  readonly names = new Set<string>()
  readonly #engine: DockerEngine
  readonly #init: InitVolume
  readonly #options: SandboxMakerOptions
  readonly #users: SandboxUsers

  constructor(engine: DockerEngine, init: InitVolume, options: SandboxMakerOptions) {
    this.#engine = engine
    this.#init = init
    this.#options = options
    this.#users = new SandboxUsers(options.firstUser)
  }

  async make(order: SandboxOrder, signal: AbortSignal): Promise<MadeSandbox> {
    const { name } = order
    const place = this.#takePlace(name)
    const start = () => this.#start(order, place, signal)
    try {
      return await start().catch(async error => {
        if (!isWithoutInit(error)) throw error
        // Nothing was executed, so the volume is filled and the run pays nothing for it.
        this.#init.forget()
        await this.#discard(name)
        return await start()
      })
    } catch (error) {
      await this.#discard(name, signal.aborted ? discardTries : 1)
      place.leave()
      throw isWithoutInit(error) ? new PlatformError('sandbox-lost', error.message, { cause: error }) : error
    }
  }

  /** A user, and names that our own sweeper leaves alone. */
  #takePlace(name: string): Place {
    const user = this.#users.take()
    const names = new Set<string>()
    const addName = (added: string) => {
      names.add(added)
      this.names.add(added)
    }
    addName(name)
    return {
      user,
      addName,
      leave: () => {
        for (const taken of names) this.names.delete(taken)
        this.#users.giveBack(user)
      },
    }
  }

  async #start(order: SandboxOrder, place: Place, signal: AbortSignal): Promise<MadeSandbox> {
    const container = await this.#create(order, place.user, signal)
    const channel = await this.#attachAndStart(container, signal)
    const sandbox = new DockerSandbox({
      engine: this.#engine,
      container,
      channel,
      limits: order.limits,
      warm: order.run === undefined,
      onDisposed: place.leave,
    })
    const rename = async (run: NamedRun) => {
      const name = takenName(run)
      place.addName(name)
      await pause(renameDelayMs, undefined, { ref: false })
      if (sandbox.isDisposed) return
      try {
        await this.#engine.call('rename a sandbox', new AbortController().signal, (_, abortSignal) =>
          container.rename({ _query: { name }, _body: {}, abortSignal } as object as { name: string }),
        )
      } catch {
        // It is gone already, or the engine is: only other processes would have read the name.
      }
    }
    return { sandbox, channel, rename }
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

  async #create(order: SandboxOrder, user: number, signal: AbortSignal): Promise<Docker.Container> {
    const { name } = order
    const initVolume = await this.#init.name()
    const config = sandboxConfig({
      ...this.#options,
      name,
      image: order.image.reference,
      imageVolumes: order.image.volumes,
      initVolume,
      user,
      limits: order.limits,
      run: order.run,
      deadline: order.deadline,
      lifetimeSeconds: Math.max(1, Math.ceil((order.deadline.getTime() - Date.now()) / 1000)),
    })
    try {
      return await this.#engine.call('create a sandbox', signal, (client, abortSignal) =>
        client.createContainer({ _query: { name }, _body: config, abortSignal } as Docker.ContainerCreateOptions),
      )
    } catch (error) {
      // The image or the volume was removed behind our back: the next try makes them again.
      if (error instanceof PlatformError && engineStatus(error.cause) === 404) {
        this.#init.forget()
        const isImage = /no such image/i.test(error.message)
        throw new PlatformError(isImage ? 'image-gone' : 'sandbox-lost', error.message, { cause: error })
      }
      throw error
    }
  }

  /**
   * After a failure on the way it is not known whether the engine made the container: its answer may have been lost, and after an abort
   * it may be making it still.
   */
  async #discard(name: string, tries = 1): Promise<void> {
    const { signal } = new AbortController()
    for (let left = tries; left > 0; left--) {
      try {
        return await this.#engine.call('remove a sandbox', signal, (client, abortSignal) =>
          client.getContainer(name).remove({ _query: { force: true, v: true }, abortSignal } as object),
        )
      } catch (error) {
        // For the sweeper.
        if (!(error instanceof PlatformError && engineStatus(error.cause) === 404)) return
        if (left > 1) await pause(discardPauseMs)
      }
    }
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
