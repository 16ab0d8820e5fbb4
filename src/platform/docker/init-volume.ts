import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PlatformError } from '../platform-error.ts'
import type { DockerEngine } from './engine.ts'
import { engineStatus } from './engine-error.ts'
import { readEngineMessages } from './engine-messages.ts'
import { initFolder, labels } from './sandbox-config.ts'
import { tarball } from './tarball.ts'

/** When any process may remove the container that fills the volume. */
const fillLifetimeMs = 60_000

/**
 * Brings init into the engine, local or remote, without a host path: an image of that one file fills a named volume, which
 * every sandbox mounts read-only. The names carry a hash of the binary, so a newer init gets a volume of its own.
 */
export class InitVolume {
  readonly #engine: DockerEngine
  readonly #binaryPath: string
  #name: Promise<string> | undefined
  /** The volume is there but may be empty: not to be trusted by its label. */
  #isDoubtful = false

  constructor(engine: DockerEngine, binaryPath: string) {
    this.#engine = engine
    this.#binaryPath = binaryPath
  }

  /** The volume's name; made if it is not there. */
  name(): Promise<string> {
    this.#name ??= this.#ensure(new AbortController().signal).catch(error => {
      this.#name = undefined
      throw error
    })
    return this.#name
  }

  /** To be called when a sandbox did not find init: the next call of `name` fills the volume if it is empty. */
  forget(): void {
    this.#name = undefined
    this.#isDoubtful = true
  }

  async #ensure(signal: AbortSignal): Promise<string> {
    const binary = await readBinary(this.#binaryPath)
    const hash = createHash('sha256').update(binary).digest('hex').slice(0, 12)
    const name = `run-it-init-${hash}`
    if (!this.#isDoubtful && (await this.#exists(name, signal))) return name
    await this.#importImage(binary, hash, signal)
    await this.#fill(name, `run-it/init:${hash}`, signal)
    this.#isDoubtful = false
    return name
  }

  /** A volume without our label was made by the engine, in place of one that a sandbox named and that was gone: it is empty. */
  async #exists(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      const volume = await this.#engine.call('look for the volume of init', signal, client =>
        client.getVolume(name).inspect(),
      )
      return volume.Labels?.['run-it.init'] === 'filled'
    } catch (error) {
      if (error instanceof PlatformError && engineStatus(error.cause) === 404) return false
      throw error
    }
  }

  async #importImage(binary: Buffer, hash: string, signal: AbortSignal): Promise<void> {
    const archive = tarball([
      { name: initFolder.slice(1), mode: 0o755 },
      { name: `${initFolder.slice(1)}/init`, mode: 0o555, bytes: binary },
    ])
    await this.#engine.call('import init', signal, async (client, callSignal) => {
      const query = { repo: 'run-it/init', tag: hash, fromSrc: '-' }
      const messages = (await client.importImage(archive, {
        _query: query,
        abortSignal: callSignal,
      } as object)) as NodeJS.ReadableStream
      for await (const message of readEngineMessages(messages)) {
        if (message.error !== undefined)
          throw new PlatformError('refused', `The engine did not import init: ${message.error}`)
      }
    })
  }

  /**
   * The engine makes the volume and copies the image's folder into it when a container is created with it: in one call, so that
   * nobody who dies in between leaves an empty volume with our label. The container is never started, and swept if we die before it
   * is removed. Two processes may do this at once: both copy the same bytes.
   */
  async #fill(name: string, image: string, signal: AbortSignal): Promise<void> {
    const mount = {
      Type: 'volume',
      Source: name,
      Target: initFolder,
      VolumeOptions: {
        NoCopy: false,
        Labels: { 'run-it.init': 'filled' },
        DriverConfig: { Name: 'local', Options: {} },
      },
    } as const
    await this.#engine.call('make the volume of init', signal, async (client, abortSignal) => {
      const config = {
        Image: image,
        Cmd: [`${initFolder}/init`],
        Labels: {
          [labels.installation]: 'none',
          [labels.deadline]: new Date(Date.now() + fillLifetimeMs).toISOString(),
        },
        HostConfig: { NetworkMode: 'none', Mounts: [mount] },
      }
      const container = await client.createContainer({ _query: {}, _body: config, abortSignal } as object)
      await container.remove({ _query: { force: true }, abortSignal } as object)
    })
  }
}

async function readBinary(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new PlatformError('refused', `init is not built: ${path} cannot be read; run ./run-it once, it builds it`, {
      cause: error,
    })
  }
}
