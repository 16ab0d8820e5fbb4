import { setImmediate as turn } from 'node:timers/promises'
import type { Hints } from '../store/hints.ts'
import type { Claim } from './queue.ts'

/** Takes the next run, if there is one; takes none if `isGone` says in time that nobody is there to have it. */
export type Take = (workerId: string, isGone: () => boolean) => Promise<Claim | undefined>

interface Waiter {
  readonly workerId: string
  readonly signal: AbortSignal
  readonly onAbort: () => void
  readonly promise: PromiseWithResolvers<Claim | undefined>
}

/**
 * Those who wait for a run, served one at a time in the order in which they came: a hint wakes the line, not each of them. It looks
 * by itself now and then, because hints can be lost.
 */
export class ClaimLine {
  readonly #take: Take
  readonly #hints: Hints
  readonly #pollIntervalMs: number
  readonly #waiters: Waiter[] = []
  #unsubscribe: (() => void) | undefined
  #poll: NodeJS.Timeout | undefined
  #serving = false
  #served: Promise<void> = Promise.resolve()
  #again = false
  #closed = false

  constructor(options: { readonly take: Take; readonly hints: Hints; readonly pollIntervalMs: number }) {
    this.#take = options.take
    this.#hints = options.hints
    this.#pollIntervalMs = options.pollIntervalMs
  }

  claim(workerId: string, signal: AbortSignal): Promise<Claim | undefined> {
    if (signal.aborted || this.#closed) return Promise.resolve(undefined)
    const waiter: Waiter = {
      workerId,
      signal,
      onAbort: () => this.#leave(waiter),
      promise: Promise.withResolvers(),
    }
    signal.addEventListener('abort', waiter.onAbort, { once: true })
    this.#waiters.push(waiter)
    this.#watch()
    this.#wake()
    return waiter.promise.promise
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of [...this.#waiters]) this.#leave(waiter)
    await this.#served
    this.#unwatch()
  }

  /** Whoever is being served is not in the line any more: what becomes of him is decided there. */
  #leave(waiter: Waiter): void {
    const place = this.#waiters.indexOf(waiter)
    if (place < 0) return
    this.#waiters.splice(place, 1)
    this.#settle(waiter, undefined)
  }

  #settle(waiter: Waiter, claim: Claim | undefined): void {
    waiter.signal.removeEventListener('abort', waiter.onAbort)
    waiter.promise.resolve(claim)
    if (this.#waiters.length === 0 && !this.#serving) this.#unwatch()
  }

  #wake(): void {
    this.#again = true
    if (!this.#serving) this.#served = this.#serve()
  }

  /** A wake-up while it looks makes it look again: there must be no gap between the last look and the end of this. */
  async #serve(): Promise<void> {
    this.#serving = true
    while (this.#again) {
      this.#again = false
      await this.#serveWhileThereIsWork()
    }
    this.#serving = false
    if (this.#waiters.length === 0) this.#unwatch()
  }

  async #serveWhileThereIsWork(): Promise<void> {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      const { signal, workerId } = waiter
      const isGone = () => signal.aborted || this.#closed
      try {
        const claim = await this.#take(workerId, isGone)
        if (claim === undefined && !isGone()) {
          this.#waiters.unshift(waiter)
          return
        }
        this.#settle(waiter, claim)
        // Who has one begins it before it is looked for the next one.
        await turn()
      } catch (error) {
        this.#fail(waiter, error)
      }
    }
  }

  #fail(waiter: Waiter, error: unknown): void {
    waiter.signal.removeEventListener('abort', waiter.onAbort)
    waiter.promise.reject(error)
  }

  #watch(): void {
    this.#unsubscribe ??= this.#hints.subscribe('queue', () => this.#wake())
    this.#poll ??= setInterval(() => this.#wake(), this.#pollIntervalMs)
  }

  #unwatch(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    clearInterval(this.#poll)
    this.#poll = undefined
  }
}
