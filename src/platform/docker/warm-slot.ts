import type { MadeSandbox, SandboxMaker } from './sandbox-maker.ts'
import type { WarmKind } from './warm-demand.ts'

/** Init's life is bounded when it is started: a slot is replaced in time to leave a whole run's. */
const maxAgeMs = 10 * 60_000
/** Init answers within a millisecond; beyond this a cold start is the better choice. */
const answerDeadlineMs = 200

/** One sandbox that was made ahead and waits for its run. */
export class WarmSlot {
  readonly kind: WarmKind
  readonly made: MadeSandbox
  /** What its waiting process takes; undefined when there is none. */
  readonly prebootBytes: number | undefined
  readonly #deadline: Date
  readonly #madeAtMs = performance.now()
  #answer: Promise<boolean> | undefined

  private constructor(kind: WarmKind, made: MadeSandbox, deadline: Date, prebootBytes: number | undefined) {
    this.prebootBytes = prebootBytes
    this.kind = kind
    this.made = made
    this.#deadline = deadline
  }

  static async make(maker: SandboxMaker, name: string, kind: WarmKind, signal: AbortSignal): Promise<WarmSlot> {
    const deadline = new Date(Date.now() + maxAgeMs + kind.runMs)
    const { image, limits } = kind
    const made = await maker.make({ name, image, limits, deadline }, signal)
    const prebootBytes = kind.preboot === undefined ? undefined : await made.sandbox.preboot(kind.preboot)
    return new WarmSlot(kind, made, deadline, prebootBytes)
  }

  /** Resolves when it has ended by itself. */
  get closed(): Promise<void> {
    return this.made.channel.closed
  }

  isOld(): boolean {
    return performance.now() - this.#madeAtMs > maxAgeMs
  }

  /** Init must not end before the run may. */
  serves(key: string, deadline: Date): boolean {
    return this.kind.key === key && deadline <= this.#deadline
  }

  /** Asked twice at once it is asked once. */
  answers(): Promise<boolean> {
    this.#answer ??= this.made.channel.answers(answerDeadlineMs).finally(() => {
      this.#answer = undefined
    })
    return this.#answer
  }
}
