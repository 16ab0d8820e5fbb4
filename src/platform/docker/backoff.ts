const firstPauseMs = 200
const longestPauseMs = 30_000
/** What succeeds and fails in turns is not well: only a while without failures makes the next pause short again. */
const forgivenAfterMs = 10_000

/** How long to leave something alone that fails. */
export class Backoff {
  readonly #now: () => number
  #pauseMs = 0
  #failedAtMs = Number.NEGATIVE_INFINITY

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  fail(): void {
    // Many that fail at once fail for one reason.
    if (this.waitMs() > 0) return
    this.#pauseMs = Math.min(Math.max(firstPauseMs, this.#pauseMs * 2), longestPauseMs)
    this.#failedAtMs = this.#now()
  }

  succeed(): void {
    if (this.#now() - this.#failedAtMs > forgivenAfterMs) this.#pauseMs = 0
  }

  waitMs(): number {
    return Math.max(0, this.#failedAtMs + this.#pauseMs - this.#now())
  }
}
