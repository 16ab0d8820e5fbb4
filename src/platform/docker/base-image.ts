import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { ImageProgress } from '../../run/event.ts'
import { PlatformError } from '../platform-error.ts'
import type { DockerEngine } from './engine.ts'
import { engineStatus } from './engine-error.ts'
import { readEngineMessages } from './engine-messages.ts'
import { pullImage } from './pull-image.ts'
import { plainRegistry, type RegistrySettings } from './registry.ts'
import { SharedWork } from './shared-work.ts'
import { leftOut, writeSlimSettings } from './slim-debian.ts'

const release = 'bookworm'
const publishedBase = 'debian:bookworm-slim'
const builtBase = { repository: 'run-it/debian', tag: release }
const bootstrapDeadlineMs = 15 * 60_000

/** The Debian image that the Dockerfiles of environments start from: the official one, or one made with debootstrap. */
export class BaseImage {
  readonly #engine: DockerEngine
  readonly #registry: RegistrySettings
  readonly #work = new SharedWork<string, ImageProgress>()

  constructor(engine: DockerEngine, registry: RegistrySettings = plainRegistry) {
    this.#engine = engine
    this.#registry = registry
  }

  /** Its reference, once it is present. */
  async ensure(onProgress: (progress: ImageProgress) => void, signal: AbortSignal): Promise<string> {
    return await this.#work.join('base', onProgress, signal, async (progress, workSignal) => {
      const built = `${builtBase.repository}:${builtBase.tag}`
      for (const reference of [publishedBase, built]) {
        if (await this.#isPresent(reference, workSignal)) return reference
      }
      const pulled = await pullImage(this.#engine, publishedBase, this.#registry, progress, workSignal)
      if (pulled.kind === 'pulled') return publishedBase
      await this.#bootstrap(progress, workSignal)
      return built
    })
  }

  async #isPresent(reference: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#engine.call('inspect an image', signal, client => client.getImage(reference).inspect())
      return true
    } catch (error) {
      if (error instanceof PlatformError && engineStatus(error.cause) === 404) return false
      throw error
    }
  }

  async #bootstrap(onProgress: (progress: ImageProgress) => void, signal: AbortSignal): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'run-it-debian-'))
    try {
      await runDebootstrap(folder, message => onProgress({ phase: 'build', message: `debian: ${message}` }), signal)
      await writeSlimSettings(folder)
      onProgress({ phase: 'build', message: 'debian: importing the image' })
      await this.#import(folder, signal)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async #import(folder: string, signal: AbortSignal): Promise<void> {
    const excluded = leftOut.map(pattern => `--exclude=${pattern}`)
    const archive = spawn('tar', ['-C', folder, '--one-file-system', '--numeric-owner', ...excluded, '-c', '.'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    // Without a listener a missing tar would end the whole process.
    const closed = once(archive, 'close')
    closed.catch(() => {})
    try {
      await once(archive, 'spawn').catch(error => {
        throw unavailable(`tar could not be started: ${error.message}`)
      })
      await this.#importArchive(archive.stdout, signal)
      const [code] = await closed
      if (code === 0) return
      await this.#remove(`${builtBase.repository}:${builtBase.tag}`, signal)
      throw unavailable(`packing it failed: tar exited with ${code}`)
    } finally {
      archive.kill()
    }
  }

  /** What is not whole must not be taken for the image by the next build. */
  async #remove(reference: string, signal: AbortSignal): Promise<void> {
    await this.#engine.call('remove an image', signal, client => client.getImage(reference).remove())
  }

  async #importArchive(archive: Readable, signal: AbortSignal): Promise<void> {
    await this.#engine.call(
      'import the Debian image',
      signal,
      async (client, abortSignal) => {
        const query = { repo: builtBase.repository, tag: builtBase.tag, fromSrc: '-' }
        const stream = (await client.importImage(archive, {
          _query: query,
          abortSignal,
        } as object)) as NodeJS.ReadableStream
        for await (const message of readEngineMessages(stream)) {
          if (message.error !== undefined) throw unavailable(`importing it failed: ${message.error}`)
        }
      },
      bootstrapDeadlineMs,
    )
  }
}

async function runDebootstrap(folder: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0)
    throw unavailable('no registry can be reached, and only root can make a Debian image with debootstrap')
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(bootstrapDeadlineMs)])
  const child = spawn('debootstrap', ['--variant=minbase', release, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: deadline,
    env: { ...process.env, LC_ALL: 'C' },
  })
  let last = ''
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', line => {
      last = line
      onLine(line.replace(/^[IWE]: /, ''))
    })
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', reject)
  child.once('close', resolve)
  const code = await promise.catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted()
    throw unavailable(
      error.code === 'ENOENT'
        ? 'no registry can be reached, and debootstrap is not installed: `apt-get install debootstrap`'
        : `debootstrap failed: ${error.message}`,
    )
  })
  if (code !== 0) throw unavailable(`debootstrap failed: ${last}`)
}

function unavailable(why: string): PlatformError {
  return new PlatformError('environment-unavailable', `The Debian image to build on cannot be had: ${why}`)
}
