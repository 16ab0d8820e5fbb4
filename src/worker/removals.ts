/**
 * Sandboxes that runs are done with, while they are removed. The next run does not wait for it, unless too many are on their way out:
 * an engine that removes slowly must not be given more and more.
 */
export class Removals {
  readonly #atOnce: number
  readonly #running = new Set<Promise<void>>()

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Resolves when there is room for another, which is most often at once. Never rejects. */
  async take(sandboxes: AsyncDisposable): Promise<void> {
    const removal = Promise.resolve(sandboxes[Symbol.asyncDispose]())
      .catch(() => {
        // Disposing never fails; what it could not remove is for the sweeper.
      })
      .then(() => {
        this.#running.delete(removal)
      })
    this.#running.add(removal)
    while (this.#running.size > this.#atOnce) await Promise.race(this.#running)
  }

  /** Resolves when all that were taken are gone. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}
