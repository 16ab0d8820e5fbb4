import type { ImageProgress } from '../../run/event.ts'
import type { EngineMessage } from './engine-messages.ts'

/** Adds up what the engine tells of each layer of a pull. */
export class PullProgress {
  readonly #reference: string
  readonly #layers = new Map<string, { current: number; total: number }>()
  #lastPercent = -1
  /** The engine said something. */
  hasBegun = false

  constructor(reference: string) {
    this.#reference = reference
  }

  /** Undefined when nothing changed that is worth an event: one per percent is plenty. */
  add(message: EngineMessage): ImageProgress | undefined {
    this.hasBegun = true
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
