/** Who wants the one connection waits in the order in which he came. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #isTaken = false

  /** Resolves when it is one's turn; undefined where it is already. To be followed by `pass`. */
  take(): Promise<void> | undefined {
    if (this.#isTaken) return new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#isTaken = true
    return undefined
  }

  /** It stays taken while it passes from one to the next, so that nobody gets in between. */
  pass(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#isTaken = false
    else next()
  }
}
