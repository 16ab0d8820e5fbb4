import type { Environment } from '../../environment/environment.ts'
import type { ResolvedImage, SandboxRequest } from '../platform.ts'
import { type WarmKind, warmKind } from './warm-demand.ts'

/** What the operator wants to be there always. */
export interface WarmPin {
  readonly candidates: readonly Environment[]
  readonly count: number
  /** What a run asks for that asks for nothing. */
  readonly request: (image: ResolvedImage) => Pick<SandboxRequest, 'image' | 'limits' | 'deadline' | 'preboot'>
}

/** The operator's pins, as far as their images are here: none is ever pulled for a pin. */
export class WarmPins {
  readonly #pins: readonly WarmPin[]
  readonly #present: (environments: readonly Environment[], signal: AbortSignal) => Promise<readonly ResolvedImage[]>
  #found: readonly { readonly kind: WarmKind; readonly count: number }[] = []

  constructor(
    pins: readonly WarmPin[],
    present: (environments: readonly Environment[], signal: AbortSignal) => Promise<readonly ResolvedImage[]>,
  ) {
    this.#pins = pins
    this.#present = present
  }

  /** Finds out which images are here now. Never rejects: where the engine is away, what was known holds. */
  async look(signal: AbortSignal): Promise<void> {
    try {
      const found = []
      for (const pin of this.#pins) {
        const [image] = await this.#present(pin.candidates, signal)
        if (image !== undefined) found.push({ kind: warmKind(pin.request(image)), count: pin.count })
      }
      this.#found = found
    } catch {
      // The next look tells.
    }
  }

  kinds(): readonly WarmKind[] {
    return [...new Map(this.#found.map(({ kind }) => [kind.key, kind])).values()]
  }

  countOf(key: string): number {
    return this.#found.filter(({ kind }) => kind.key === key).reduce((sum, { count }) => sum + count, 0)
  }
}
