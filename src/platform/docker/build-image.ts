import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type Docker from 'dockerode'
import type { Environment } from '../../environment/environment.ts'
import type { ImageProgress } from '../../run/event.ts'
import { PlatformError } from '../platform-error.ts'
import { BaseImage } from './base-image.ts'
import type { DockerEngine } from './engine.ts'
import { readEngineMessages } from './engine-messages.ts'
import { splitReference } from './image-reference.ts'
import { type MeasureVersion, toDockerImage } from './images.ts'
import { type RegistrySettings, registryConfig } from './registry.ts'
import { tarball } from './tarball.ts'

const buildDeadlineMs = 30 * 60_000
const argBase = /^ARG[ \t]+BASE\b/im
const buildLabel = 'run-it.environment'

/** Lines of the build's output that go into the error when it fails. */
const errorLinesKept = 3

/** Builds an environment's image from its own Dockerfile on Debian's packages. Only ever ours: never a client's. */
export class BuildImage {
  readonly #engine: DockerEngine
  readonly #base: BaseImage
  readonly #registry: RegistrySettings
  readonly #measureVersion: MeasureVersion

  constructor(
    engine: DockerEngine,
    { measureVersion, registry }: { readonly measureVersion: MeasureVersion; readonly registry: RegistrySettings },
  ) {
    this.#engine = engine
    this.#registry = registry
    this.#base = new BaseImage(engine, registry)
    this.#measureVersion = measureVersion
  }

  /** Afterwards the image has two tags: `reference`, and the version that was measured in it. */
  async build(
    environment: Environment,
    reference: string,
    onProgress: (progress: ImageProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { source } = environment
    if (source.kind !== 'debian') throw new PlatformError('refused', `${environment.name} has no recipe to build`)
    const dockerfile = await readFile(join(source.folder, 'Dockerfile'))
    // An operator's begins with an image of his own choice.
    const base = argBase.test(dockerfile.toString('utf8')) ? await this.#base.ensure(onProgress, signal) : undefined
    await this.#run({ name: environment.name, reference, base, dockerfile }, onProgress, signal)
    if (source.versionCommand === undefined) return await this.#tag(reference, environment.version, signal)
    onProgress({ phase: 'build', message: `Asking ${environment.name} for its version` })
    await this.#tagVersion(environment, source.versionCommand, reference, signal)
  }

  async #run(
    build: { readonly name: string; readonly reference: string; readonly base?: string; readonly dockerfile: Buffer },
    onProgress: (progress: ImageProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const context = tarball([{ name: 'Dockerfile', mode: 0o644, bytes: build.dockerfile }])
    await this.#engine.call(
      `build ${build.name}`,
      signal,
      async (client, abortSignal) => {
        const query = {
          t: build.reference,
          ...(build.base !== undefined && { buildargs: { BASE: build.base } }),
          labels: { [buildLabel]: build.name },
          rm: true,
          forcerm: true,
        }
        const registryconfig = registryConfig(this.#registry)
        const stream = await client.buildImage(context, {
          _query: query,
          registryconfig,
          abortSignal,
        } as Docker.ImageBuildOptions)
        const lines: string[] = []
        for await (const message of readEngineMessages(stream)) {
          if (message.error !== undefined) {
            throw new PlatformError(
              'environment-unavailable',
              `Building ${build.name} failed: ${message.error} (${lines.join(' / ')})`,
            )
          }
          const line = printable(message.stream ?? '')
          if (line === '') continue
          lines.push(line)
          if (lines.length > errorLinesKept) lines.shift()
          onProgress({ phase: 'build', message: `${build.name}: ${line}` })
        }
      },
      buildDeadlineMs,
    )
  }

  async #tagVersion(
    environment: Environment,
    versionCommand: readonly string[],
    reference: string,
    signal: AbortSignal,
  ): Promise<void> {
    const info = await this.#engine.call('inspect an image', signal, client => client.getImage(reference).inspect())
    const unversioned = { ...info, RepoTags: [`${splitReference(reference).repository}:unmeasured`] }
    const image = toDockerImage(environment, reference, unversioned)
    if (image === undefined) throw new PlatformError('refused', `${reference} cannot be read`)
    const version = await this.#measureVersion(image, versionCommand, signal)
    await this.#tag(reference, version, signal)
  }

  async #tag(reference: string, version: string, signal: AbortSignal): Promise<void> {
    const { repository } = splitReference(reference)
    await this.#engine.call('tag an image', signal, client =>
      client.getImage(reference).tag({ repo: repository, tag: version }),
    )
  }
}

/** A build prints whatever its packages print: one line of plain text is all that goes on. */
function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
}
