const firstPauseMs = 200
const longestPauseMs = 30_000
/** What succeeds and fails in turns is not well: only a while of success makes the next pause short again. */
const forgivenAfterMs = 10_000

/** How long to leave something alone that fails. */
export class Backoff {
  readonly #now: () => number
  #pauseMs = 0
  #healthySinceMs = Number.POSITIVE_INFINITY
  #failedAtMs = Number.NEGATIVE_INFINITY

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  fail(): void {
    // Many that fail at once fail for one reason.
    if (this.waitMs() > 0) return
    if (this.#now() - this.#healthySinceMs > forgivenAfterMs) this.#pauseMs = 0
    this.#healthySinceMs = Number.POSITIVE_INFINITY
    this.#pauseMs = Math.min(Math.max(firstPauseMs, this.#pauseMs * 2), longestPauseMs)
    this.#failedAtMs = this.#now()
  }

  succeed(): void {
    this.#healthySinceMs = Math.min(this.#healthySinceMs, this.#now())
  }

  waitMs(): number {
    return Math.max(0, this.#failedAtMs + this.#pauseMs - this.#now())
  }
}
