import type { Hints, HintTopic } from './hints.ts'

/** Hears the hints of one topic from its making on, for a listener that comes later. */
export class EarlyListener implements Disposable {
  readonly #unsubscribe: () => void
  #wasHinted = false
  #listener: (() => void) | undefined

  constructor(hints: Pick<Hints, 'subscribe'>, topic: HintTopic) {
    this.#unsubscribe = hints.subscribe(topic, () => {
      this.#wasHinted = true
      this.#listener?.()
    })
  }

  /** Called for each hint, and at once where there was one already. To be called once. */
  listen(listener: () => void): void {
    this.#listener = listener
    if (this.#wasHinted) listener()
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }
}
