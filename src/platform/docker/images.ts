import type Docker from 'dockerode'
import type { Environment } from '../../environment/environment.ts'
import type { ImageProgress } from '../../run/event.ts'
import type { ResolvedImage } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { BuildImage } from './build-image.ts'
import type { DockerEngine } from './engine.ts'
import { engineStatus } from './engine-error.ts'
import { imageReference, plainName, splitReference, versionTag } from './image-reference.ts'
import { PresentImages } from './present-images.ts'
import { pullFailure } from './pull-failure.ts'
import { pullImage } from './pull-image.ts'
import { locate, type RegistrySettings } from './registry.ts'
import { RegistryTags } from './registry-tags.ts'
import { SharedWork } from './shared-work.ts'

/** After a registry could not be reached, nobody waits for it again so soon. */
const registryRestMs = 60_000

/** So many are looked for one by one. */
const fewEnvironments = 8

type OnProgress = (progress: ImageProgress) => void
export type MeasureVersion = (image: DockerImage, command: readonly string[], signal: AbortSignal) => Promise<string>

export interface DockerImage extends ResolvedImage {
  /** Folders that the image declares as volumes. */
  readonly volumes: readonly string[]
}

export interface ImageSettings {
  readonly pull: boolean
  readonly build: boolean
  readonly registry: RegistrySettings
  readonly measureVersion: MeasureVersion
}

/** Gets images: present ones first, then pulled, then built on Debian's packages. */
export class Images {
  readonly #engine: DockerEngine
  readonly #settings: ImageSettings
  readonly #builder: BuildImage
  readonly #work = new SharedWork<DockerImage, ImageProgress>()
  readonly #present = new PresentImages<DockerImage>((environment, signal) => this.#inspect(environment, signal))
  readonly #tags = new RegistryTags()
  /** By host. */
  readonly #awayUntil = new Map<string, number>()

  constructor(engine: DockerEngine, settings: ImageSettings) {
    this.#engine = engine
    this.#settings = settings
    this.#builder = new BuildImage(engine, settings)
  }

  async present(environments: readonly Environment[], signal: AbortSignal): Promise<readonly DockerImage[]> {
    const named = await this.#named(environments, signal)
    const found = await Promise.all(named.map(environment => this.#inspect(environment, signal)))
    return found.filter(image => image !== undefined)
  }

  /** Of many the few that can be here: one call tells all names, and each look is a call of its own. */
  async #named(environments: readonly Environment[], signal: AbortSignal): Promise<readonly Environment[]> {
    if (environments.length <= fewEnvironments) return environments
    const images = await this.#engine.call('list images', signal, client => client.listImages())
    const names = new Set(images.flatMap(({ RepoTags }) => RepoTags ?? []).map(plainName))
    const kept = await Promise.all(
      environments.map(async environment => {
        const reference = await imageReference(environment, this.#settings.registry.prefix)
        return environment.digest !== undefined || names.has(plainName(reference)) ? [environment] : []
      }),
    )
    return kept.flat()
  }

  async prepare(candidates: readonly Environment[], onProgress: OnProgress, signal: AbortSignal): Promise<DockerImage> {
    const present = await this.#present.first(candidates, signal)
    if (present !== undefined) return present
    const reasons: string[] = []
    const published = candidates.filter(candidate => candidate.source.kind === 'registry')
    const buildable = candidates.filter(candidate => candidate.source.kind === 'debian')
    for (const candidate of [...published, ...buildable]) {
      try {
        return await this.#fetch(candidate, onProgress, signal)
      } catch (error) {
        if (!(error instanceof PlatformError) || error.code !== 'environment-unavailable') throw error
        reasons.push(error.message)
      }
    }
    throw new PlatformError('environment-unavailable', summarize(reasons))
  }

  /** To be called when a sandbox could not be opened: its image may be gone. */
  forget(): void {
    this.#present.forget()
  }

  /** Whoever wants the same image at the same time shares the work, and sees its progress. */
  async #fetch(candidate: Environment, onProgress: OnProgress, signal: AbortSignal): Promise<DockerImage> {
    const reference = await imageReference(candidate, this.#settings.registry.prefix)
    return await this.#work.join(reference, onProgress, signal, async (progress, workSignal) => {
      if (candidate.source.kind === 'registry') await this.#pull(candidate, reference, progress, workSignal)
      else await this.#build(candidate, reference, progress, workSignal)
      const image = await this.#inspect(candidate, workSignal)
      if (image === undefined) throw unavailable(this.#whyMissing(candidate, reference))
      return { ...image, made: candidate.source.kind === 'registry' ? 'pulled' : 'built' }
    })
  }

  async #pull(environment: Environment, reference: string, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const { pull, registry } = this.#settings
    if (!pull) throw unavailable(`${reference} is not here, and pulling is turned off`)
    const { host } = locate(reference)
    // Not the time of day: that can be set back.
    if (performance.now() < (this.#awayUntil.get(host) ?? 0))
      throw unavailable(`${reference}: the registry could not be reached just now`)
    const result = await pullImage(this.#engine, reference, registry, onProgress, signal)
    if (result.kind === 'registry-away') this.#awayUntil.set(host, performance.now() + registryRestMs)
    if (result.kind === 'pulled') return
    throw unavailable(await pullFailure(result, { environment, reference }, { registry, tags: this.#tags }))
  }

  async #build(candidate: Environment, reference: string, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    if (candidate.digest !== undefined)
      throw unavailable(
        `${reference} is not here, and an image that was made on an engine cannot be had from anywhere else`,
      )
    if (!this.#settings.build) throw unavailable(`${candidate.name} is not here, and building is turned off`)
    await this.#builder.build(candidate, reference, onProgress, signal)
  }

  async #inspect(environment: Environment, signal: AbortSignal): Promise<DockerImage | undefined> {
    const reference = await imageReference(environment, this.#settings.registry.prefix)
    // By its digest an image can be here under another name, or none.
    for (const name of new Set([reference, environment.digest ?? reference])) {
      const info = await this.#inspectNamed(name, signal)
      const image = info && this.#fits(environment, info) ? toDockerImage(environment, reference, info) : undefined
      if (image !== undefined) return image
    }
    return undefined
  }

  /** An image of another platform can have the same name. What was built here is of this one. */
  #fits({ source }: Environment, { Os, Architecture }: Docker.ImageInspectInfo): boolean {
    const { imagePlatform } = this.#settings.registry
    if (imagePlatform === undefined || source.kind !== 'registry') return true
    return `${imagePlatform}/`.startsWith(`${Os}/${Architecture}/`)
  }

  /** Engines give an image that is of one platform alone to whoever asks for another one. */
  #whyMissing({ source }: Environment, reference: string): string {
    const { imagePlatform } = this.#settings.registry
    const isOther = imagePlatform !== undefined && source.kind === 'registry'
    return isOther ? `the registry has no ${reference} for ${imagePlatform}` : `${reference} vanished after it was made`
  }

  async #inspectNamed(name: string, signal: AbortSignal): Promise<Docker.ImageInspectInfo | undefined> {
    try {
      return await this.#engine.call('inspect an image', signal, client => client.getImage(name).inspect())
    } catch (error) {
      if (error instanceof PlatformError && engineStatus(error.cause) === 404) return undefined
      throw error
    }
  }
}

/** Undefined for an image whose build was interrupted before its version was measured, and for one that is not the one asked for. */
export function toDockerImage(
  environment: Environment,
  reference: string,
  info: Docker.ImageInspectInfo,
): DockerImage | undefined {
  const repoDigests = info.RepoDigests ?? []
  const { digest: pinned } = environment
  if (pinned !== undefined && info.Id !== pinned && !repoDigests.some(name => name.endsWith(`@${pinned}`)))
    return undefined
  const isMeasured = environment.source.kind === 'registry' || pinned !== undefined
  const version = isMeasured ? environment.version : versionTag(reference, info.RepoTags ?? [])
  if (version === undefined) return undefined
  return {
    environment,
    version,
    reference: info.Id,
    digest: pinned ?? registryDigest(reference, repoDigests) ?? info.Id,
    sizeBytes: info.Size,
    env: Object.fromEntries((info.Config.Env ?? []).map(splitVariable)),
    volumes: Object.keys(info.Config.Volumes ?? {}),
  }
}

/** An image can have been pushed to several registries: only what its own one calls it can be pulled from there. */
function registryDigest(reference: string, repoDigests: readonly string[]): string | undefined {
  const prefix = `${splitReference(reference).repository}@`
  return repoDigests.find(name => name.startsWith(prefix))?.slice(prefix.length)
}

function splitVariable(text: string): [string, string] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function unavailable(message: string): PlatformError {
  return new PlatformError('environment-unavailable', message)
}

/** A range can have many candidates that fail for one reason: the first few tell the story. */
function summarize(reasons: readonly string[]): string {
  if (reasons.length === 0) return 'No image of this environment can be had here'
  const last = reasons.at(-1) ?? ''
  return [...new Set([...reasons.slice(0, 2), last])].join('; ')
}
