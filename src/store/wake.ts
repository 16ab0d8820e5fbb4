import type { Hints, HintTopic } from './hints.ts'

/** Hears the hints of one topic from its making on, so that none falls between a look at the table and the wait after it. */
export class Wake implements Disposable {
  #hinted = false
  #wakeUp: (() => void) | undefined
  #unsubscribe: () => void

  constructor(hints: Pick<Hints, 'subscribe'>, topic: HintTopic) {
    this.#unsubscribe = hints.subscribe(topic, () => {
      this.#hinted = true
      this.#wakeUp?.()
    })
  }

  /**
   * Resolves at the next hint (at once if there was one since the last call), after `timeoutMs`, or when aborted; tells whether it was
   * a hint.
   */
  async next(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#hinted && !signal.aborted) {
      await new Promise<void>(resolve => {
        const end = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
          this.#wakeUp = undefined
          resolve()
        }
        const timer = setTimeout(end, timeoutMs)
        signal.addEventListener('abort', end, { once: true })
        this.#wakeUp = end
      })
    }
    const isHinted = this.#hinted
    this.#hinted = false
    return isHinted
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
    // Whoever it was lent to may have disposed it already.
    this.#unsubscribe = () => {}
  }
}
