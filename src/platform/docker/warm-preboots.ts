import type { WarmKind } from './warm-demand.ts'

/** What an interpreter is taken for until one was measured. */
const assumedBytes = 32 * 1024 * 1024
const kindsKept = 64

/** What is known of the processes that were started ahead, by kind. */
export class WarmPreboots {
  /** What one takes; undefined where none gets as far as to wait: it is not tried again. */
  readonly #bytes = new Map<string, number | undefined>()
  readonly #isOn: boolean

  constructor(isOn: boolean) {
    this.#isOn = isOn
  }

  /** The kind without its preboot where that does not work. */
  wanted(kind: WarmKind): WarmKind {
    const { preboot, ...rest } = kind
    return preboot === undefined || this.#fails(kind) ? rest : kind
  }

  note({ key, preboot }: WarmKind, bytes: number | undefined): void {
    if (preboot === undefined) return
    this.#bytes.delete(key)
    this.#bytes.set(key, bytes)
    const [oldest] = this.#bytes.keys()
    if (this.#bytes.size > kindsKept && oldest !== undefined) this.#bytes.delete(oldest)
  }

  costOf(kind: WarmKind): number {
    if (kind.preboot === undefined || this.#fails(kind)) return 0
    return this.#bytes.get(kind.key) ?? assumedBytes
  }

  #fails({ key }: WarmKind): boolean {
    return !this.#isOn || (this.#bytes.has(key) && this.#bytes.get(key) === undefined)
  }
}
