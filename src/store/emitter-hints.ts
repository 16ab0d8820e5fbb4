import type { Hints, HintTopic } from './hints.ts'

/** Hints within one process. Hints of one topic that come before its listeners were called are one hint to them. */
export class EmitterHints implements Hints {
  readonly #listeners = new Map<HintTopic, Set<() => void>>()
  readonly #pending = new Set<HintTopic>()

  publish(topic: HintTopic): void {
    if (this.#pending.has(topic) || !this.#listeners.has(topic)) return
    this.#pending.add(topic)
    queueMicrotask(() => this.#deliver(topic))
  }

  /** For whoever may have missed some: one of every topic that somebody listens to. */
  publishAll(): void {
    for (const topic of this.#listeners.keys()) this.publish(topic)
  }

  subscribe(topic: HintTopic, listener: () => void): () => void {
    // A function of its own for each subscription, so that the same listener may subscribe twice.
    const entry = () => listener()
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners)
    listeners.add(entry)
    return () => {
      listeners.delete(entry)
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic)
    }
  }

  #deliver(topic: HintTopic): void {
    this.#pending.delete(topic)
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) {
      // One listener's bug must not keep the hint from the others.
      queueMicrotask(listener)
    }
  }
}
