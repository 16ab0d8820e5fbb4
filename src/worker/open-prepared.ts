import type { ResolvedImage, Sandbox } from '../platform/platform.ts'
import { PlatformError } from '../platform/platform-error.ts'

/** Whoever removes images does not do so all the time. */
const maxTries = 3

export interface OpenedImage {
  readonly image: ResolvedImage
  readonly sandbox: Sandbox
}

/** A sandbox of an image that is there: one that was removed between the two steps is prepared again. */
export async function openPrepared(
  prepare: () => Promise<ResolvedImage>,
  open: (image: ResolvedImage) => Promise<Sandbox>,
): Promise<OpenedImage> {
  for (let tries = 1; ; tries += 1) {
    const image = await prepare()
    try {
      return { image, sandbox: await open(image) }
    } catch (error) {
      const isGone = error instanceof PlatformError && error.code === 'image-gone'
      if (!isGone || tries === maxTries) throw error
    }
  }
}
