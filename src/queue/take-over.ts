import { setTimeout as pause } from 'node:timers/promises'
import type { RunId } from '../run/id.ts'
import type { Lifecycle } from './lifecycle.ts'

/** Of the lease: how often somebody looks. */
const looksPerLease = 10
const longestPauseMs = 2_000

export interface TakeOverOptions {
  readonly lifecycle: Pick<Lifecycle, 'recover'>
  readonly leaseMs: number
  readonly onTaken: (runs: readonly RunId[]) => void
  readonly onError: (error: unknown) => void
}

/**
 * Puts the runs of workers that say nothing any more back into the queue, where many processes share it. Each of them looks; whoever comes
 * first does it.
 *
 * While the database is away nobody can say that he lives. So after it was, the living get the time of a lease to do so.
 */
export class TakeOver {
  readonly #options: TakeOverOptions
  readonly #stopped = new AbortController()
  #work: Promise<void> = Promise.resolve()
  /** Not before then. */
  #patientUntilMs = 0

  constructor(options: TakeOverOptions) {
    this.#options = options
  }

  start(): void {
    this.#work = this.#lookUntilStopped()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#work
  }

  async #lookUntilStopped(): Promise<void> {
    const { signal } = this.#stopped
    const pauseMs = Math.min(longestPauseMs, this.#options.leaseMs / looksPerLease)
    while (!signal.aborted) {
      // Not all at the same moment.
      const restMs = pauseMs * (0.75 + Math.random() / 2)
      const beganMs = performance.now()
      await pause(restMs, undefined, { signal }).catch(() => {})
      // A process that stood still knows nothing of what went on meanwhile.
      if (performance.now() - beganMs > restMs + this.#options.leaseMs / 2) this.#bePatient()
      if (!signal.aborted) await this.#look()
    }
  }

  async #look(): Promise<void> {
    const { lifecycle, onTaken, onError } = this.#options
    const beganMs = performance.now()
    if (beganMs < this.#patientUntilMs) return
    try {
      const taken = await lifecycle.recover()
      if (taken.length > 0) onTaken(taken)
    } catch (error) {
      this.#bePatient()
      onError(error)
    }
  }

  #bePatient(): void {
    this.#patientUntilMs = performance.now() + this.#options.leaseMs
  }
}
