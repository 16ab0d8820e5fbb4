import { setImmediate as turn } from 'node:timers/promises'
import type { Serves } from '../run/pool.ts'
import type { Hints } from '../store/hints.ts'
import type { Claim } from './queue.ts'

/** Somebody who is to have a run. */
export interface Served {
  readonly workerId: string
  /** Which runs he takes. */
  readonly serves: Serves
  /** He left: what is taken for him is to be undone, if it still can be. */
  isGone(): boolean
}

export interface Taken {
  readonly claims: readonly Claim[]
  /** As far as is known without looking. */
  readonly isMore: boolean
}

export const noneTaken = { claims: [], isMore: false } as const satisfies Taken
export const takenForNobody = { claims: [], isMore: true } as const satisfies Taken

/** Where nothing more seems to wait, the one who was given a run is let alone with it for so long: it is a short run's life. */
const breathMs = 5

/**
 * Takes a run for each of those who are served, in their order, as long as there are runs. `join` lets the next one who waits for the
 * same be served as well, if there is one. Takes none if somebody who would have one is gone.
 */
export type Take = (served: readonly [Served, ...Served[]], join: () => boolean) => Promise<Taken>

interface Waiter extends Served {
  /** Those of one kind want the same: where one finds nothing, neither do the others. */
  readonly kind: string
  readonly signal: AbortSignal
  readonly onAbort: () => void
  readonly promise: PromiseWithResolvers<Claim | undefined>
}

/**
 * Those who wait for a run, served in the order in which they came, by one look at a time: a hint wakes the line, not each of them. It
 * looks by itself now and then, because hints can be lost. Who finds nothing holds up those who want the same, and nobody else.
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
  #endBreath: (() => void) | undefined
  #closed = false

  constructor(options: { readonly take: Take; readonly hints: Hints; readonly pollIntervalMs: number }) {
    this.#take = options.take
    this.#hints = options.hints
    this.#pollIntervalMs = options.pollIntervalMs
  }

  claim(workerId: string, serves: Serves, signal: AbortSignal): Promise<Claim | undefined> {
    if (signal.aborted || this.#closed) return Promise.resolve(undefined)
    const waiter: Waiter = {
      workerId,
      serves,
      kind: JSON.stringify(serves),
      isGone: () => signal.aborted || this.#closed,
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
    this.#endBreath?.()
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
    const foundNothing = new Set<string>()
    let mayBreathe = true
    const isNext = ({ kind }: Waiter) => !foundNothing.has(kind)
    for (let first = this.#next(isNext); first !== undefined; first = this.#next(isNext)) {
      const { kind } = first
      const served: [Waiter, ...Waiter[]] = [first]
      const join = () => {
        const next = this.#next(waiter => waiter.kind === kind)
        if (next !== undefined) served.push(next)
        return next !== undefined
      }
      try {
        const { claims, isMore } = await this.#take(served, join)
        for (const [place, claim] of claims.entries()) this.#settle(served[place] ?? first, claim)
        if (!this.#putBack(served.slice(claims.length))) foundNothing.add(kind)
        // Who has one begins it before it is looked for the next one.
        else if (isMore || this.#again || this.#waiters.length === 0 || !mayBreathe) await turn()
        else {
          // Once: whoever finds another run after it is to find the others, too.
          mayBreathe = false
          await this.#breathe()
        }
      } catch (error) {
        this.#fail(first, error)
        this.#putBack(served.slice(1))
      }
    }
  }

  /** Until there may be something to look for. */
  async #breathe(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#endBreath = resolve
    const timer = setTimeout(resolve, breathMs)
    await promise
    clearTimeout(timer)
    this.#endBreath = undefined
  }

  /** Takes the first such out of the line. */
  #next(is: (waiter: Waiter) => boolean): Waiter | undefined {
    const place = this.#waiters.findIndex(is)
    return place < 0 ? undefined : this.#waiters.splice(place, 1)[0]
  }

  /** Those who got nothing are the next ones again. False where nothing but the want of runs was in the way of one. */
  #putBack(left: readonly Waiter[]): boolean {
    const gone = left.filter(waiter => waiter.isGone())
    for (const waiter of gone) this.#settle(waiter, undefined)
    this.#waiters.unshift(...left.filter(waiter => !gone.includes(waiter)))
    return left.length === 0 || gone.length > 0
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
