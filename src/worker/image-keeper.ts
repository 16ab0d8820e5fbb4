import type { Environment } from '../environment/environment.ts'
import type { Platform, ResolvedImage } from '../platform/platform.ts'
import type { ImageStore, UsedImage } from '../store/image-store.ts'
import type { Observer } from '../telemetry/observer.ts'
import { pause } from './pause.ts'
import type { PlatformMonitor } from './platform-monitor.ts'

/** That an image is used is written down so often at most: with hundreds of runs a second it would be most of what is written. */
const noteEveryMs = 60_000
const sweepEveryMs = 60_000
/** What was used just now would only be pulled again. Longer than between two notes. */
const recentMs = 5 * 60_000
/** Runs use few; a range of versions cannot fill the memory. */
const maxNoted = 1_000

export interface ImageRules {
  /** An image that was not used for so long goes. Absent: none goes for that. */
  readonly keepMs?: number
  /** Together they take no more than this. Absent: as much as they take. */
  readonly maxBytes?: number
  /** Those that the operator wants to have at hand: they stay. */
  readonly pinned: readonly Environment[]
}

export interface ImageKeeperParts {
  readonly images: ImageStore
  readonly platform: Platform
  readonly monitor: PlatformMonitor
  readonly observer: Pick<Observer, 'log'>
  readonly imageRules: ImageRules
  /** It is not there any more. */
  readonly onRemoved: (image: UsedImage) => void
}

/** Knows which images are used, and removes those of ours that are not. What somebody else brought to the engine is his. */
export class ImageKeeper {
  readonly #parts: ImageKeeperParts
  readonly #noted = new Map<string, number>()

  constructor(parts: ImageKeeperParts) {
    this.#parts = parts
  }

  /** To be told of each use. */
  use(image: ResolvedImage): void {
    const { monitor, images, observer } = this.#parts
    const now = performance.now()
    const isKnown = now - (this.#noted.get(image.reference) ?? Number.NEGATIVE_INFINITY) < noteEveryMs
    if (monitor.state.kind !== 'up' || (isKnown && image.made === undefined)) return
    if (this.#noted.size >= maxNoted) this.#noted.clear()
    this.#noted.set(image.reference, now)
    images.use(usedImage(image, monitor.state.info.engineId)).catch(error => {
      this.#noted.delete(image.reference)
      observer.log.warn({ err: error }, 'the use of an image could not be written down')
    })
  }

  /** Images that were used on this engine; some may be gone. */
  async known(): Promise<readonly UsedImage[]> {
    const { images, monitor } = this.#parts
    const { state } = monitor
    return state.kind === 'up' ? (await images.list()).filter(image => image.engineId === state.info.engineId) : []
  }

  /** Looks now and then until the signal is aborted. Never rejects. */
  async sweepNowAndThen(signal: AbortSignal): Promise<void> {
    const { keepMs, maxBytes } = this.#parts.imageRules
    if (keepMs === undefined && maxBytes === undefined) return
    while (!signal.aborted) {
      try {
        await this.#parts.monitor.waitUntilUp(signal)
        await this.sweep(signal)
      } catch (error) {
        if (!signal.aborted) this.#parts.observer.log.warn({ err: error }, 'images could not be removed')
      }
      await pause(sweepEveryMs, signal)
    }
  }

  async sweep(signal: AbortSignal, now = new Date()): Promise<void> {
    const { images, platform, monitor, imageRules, observer } = this.#parts
    const { state } = monitor
    if (state.kind !== 'up') return
    const pinned = await platform.images(imageRules.pinned, signal)
    const stays = new Set(pinned.map(({ reference }) => reference))
    const ours = (await this.known()).filter(image => image.origin !== undefined)
    let totalBytes = ours.reduce((sum, image) => sum + image.sizeBytes, 0)
    // The least recently used first.
    for (const image of ours) {
      const why = reasonToRemove(image, { ...imageRules, totalBytes, now })
      if (why === undefined || stays.has(image.reference)) continue
      const result = await platform.removeImage(image.reference, signal)
      if (result === 'in-use') continue
      totalBytes -= image.sizeBytes
      await images.remove(image)
      this.#noted.delete(image.reference)
      this.#parts.onRemoved(image)
      const { name, version, sizeBytes } = image
      if (result === 'removed') {
        observer.log.info({ environment: `${name}@${version}`, sizeBytes, why }, 'an image was removed')
      }
    }
  }
}

function reasonToRemove(
  { lastUsedAt }: UsedImage,
  rules: Pick<ImageRules, 'keepMs' | 'maxBytes'> & { readonly totalBytes: number; readonly now: Date },
): 'age' | 'size' | undefined {
  const { keepMs = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY, totalBytes, now } = rules
  const unusedMs = now.getTime() - lastUsedAt.getTime()
  if (unusedMs > keepMs) return 'age'
  return totalBytes > maxBytes && unusedMs > recentMs ? 'size' : undefined
}

function usedImage(image: ResolvedImage, engineId: string): UsedImage {
  const { environment, version, reference, digest, sizeBytes, made } = image
  return {
    engineId,
    reference,
    name: environment.name,
    version,
    digest,
    ...(made !== undefined && { origin: made }),
    sizeBytes,
    lastUsedAt: new Date(),
  }
}
