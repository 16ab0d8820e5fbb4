import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PlatformError } from '../platform-error.ts'
import type { DockerEngine } from './engine.ts'
import { engineStatus } from './engine-error.ts'
import { readEngineMessages } from './engine-messages.ts'
import { initFolder } from './sandbox-config.ts'
import { tarball } from './tarball.ts'

/**
 * Brings init into the engine, local or remote, without a host path: an image of that one file fills a named volume, which
 * every sandbox mounts read-only. The names carry a hash of the binary, so a newer init gets a volume of its own.
 */
export class InitVolume {
  readonly #engine: DockerEngine
  readonly #binaryPath: string
  #name: Promise<string> | undefined

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

  /** To be called when the engine lost what it had. */
  forget(): void {
    this.#name = undefined
  }

  async #ensure(signal: AbortSignal): Promise<string> {
    const binary = await readBinary(this.#binaryPath)
    const hash = createHash('sha256').update(binary).digest('hex').slice(0, 12)
    const name = `run-it-init-${hash}`
    if (await this.#exists(name, signal)) return name
    await this.#importImage(binary, hash, signal)
    await this.#fill(name, `run-it/init:${hash}`, signal)
    return name
  }

  /** A volume without our label was made by an interrupted attempt, or is not ours. */
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
   * The engine copies an image's folder into an empty volume when a container is created with it. The container is never
   * started. Two processes may do this at once: both copy the same bytes.
   */
  async #fill(name: string, image: string, signal: AbortSignal): Promise<void> {
    await this.#engine.call('make the volume of init', signal, async client => {
      await client.createVolume({ Name: name, Labels: { 'run-it.init': 'filled' } })
      const container = await client.createContainer({
        Image: image,
        Cmd: [`${initFolder}/init`],
        HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: name, Target: initFolder }] },
      })
      await container.remove({ force: true })
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
