import type { ImageProgress } from '../../run/event.ts'
import { PlatformError } from '../platform-error.ts'
import type { DockerEngine } from './engine.ts'
import { engineMessage } from './engine-error.ts'
import { type EngineMessage, readEngineMessages } from './engine-messages.ts'
import { splitReference } from './image-reference.ts'

/** A pull may take long, but not for ever, and never without a word. */
const pullDeadlineMs = 60 * 60_000
const stallMs = 90_000

export type PullResult =
  | { readonly kind: 'pulled' }
  /** The registry answered: it has no such image, or does not give it to us. */
  | { readonly kind: 'refused'; readonly why: string }
  /** The registry could not be reached. */
  | { readonly kind: 'registry-away'; readonly why: string }

/** Pulls one image. Rejects only when the engine itself is away, or the signal is aborted. */
export async function pullImage(
  engine: DockerEngine,
  reference: string,
  onProgress: (progress: ImageProgress) => void,
  signal: AbortSignal,
): Promise<PullResult> {
  const { repository, tag } = splitReference(reference)
  const layers = new LayerProgress(reference)
  onProgress({ phase: 'pull', message: `Pulling ${reference}` })
  try {
    return await engine.call(
      `pull ${reference}`,
      signal,
      async (client, abortSignal) => {
        const stream = await client.createImage({ fromImage: repository, tag, abortSignal })
        for await (const message of readEngineMessages(stream, stallMs)) {
          // The engine itself gives up when it is told to stop; nobody else cancels but by hanging up.
          if (message.error?.endsWith('context canceled')) throw new PlatformError('unavailable', message.error)
          if (message.error !== undefined)
            return { kind: isRefusal(message.error) ? 'refused' : 'registry-away', why: message.error }
          const progress = layers.add(message)
          if (progress !== undefined) onProgress(progress)
        }
        return { kind: 'pulled' }
      },
      pullDeadlineMs,
    )
  } catch (error) {
    signal.throwIfAborted()
    const cause = error instanceof PlatformError ? error.cause : error
    const why = engineMessage(cause ?? error)
    // The engine says 404 for "no such image", and 500 with the network's own words for a registry that it cannot reach.
    if (error instanceof PlatformError && error.code === 'refused') return { kind: 'refused', why }
    if (cause instanceof Error && 'statusCode' in cause)
      return { kind: isRefusal(why) ? 'refused' : 'registry-away', why }
    if (error instanceof PlatformError) throw error
    return { kind: 'registry-away', why }
  }
}

function isRefusal(message: string): boolean {
  return /not found|manifest unknown|denied|unauthorized|no matching manifest/i.test(message)
}

/** Adds up what the engine tells of each layer. */
class LayerProgress {
  readonly #reference: string
  readonly #layers = new Map<string, { current: number; total: number }>()
  #lastPercent = -1

  constructor(reference: string) {
    this.#reference = reference
  }

  /** Undefined when nothing changed that is worth an event: one per percent is plenty. */
  add(message: EngineMessage): ImageProgress | undefined {
    if (message.id === undefined || message.status !== 'Downloading') return undefined
    const { current = 0, total = 0 } = message.progressDetail ?? {}
    this.#layers.set(message.id, { current, total })
    const sizes = [...this.#layers.values()]
    const currentBytes = sizes.reduce((sum, layer) => sum + layer.current, 0)
    const totalBytes = sizes.reduce((sum, layer) => sum + layer.total, 0)
    const percent = totalBytes === 0 ? 0 : Math.floor((100 * currentBytes) / totalBytes)
    if (percent === this.#lastPercent) return undefined
    this.#lastPercent = percent
    return { phase: 'pull', message: `Pulling ${this.#reference}`, currentBytes, totalBytes }
  }
}
