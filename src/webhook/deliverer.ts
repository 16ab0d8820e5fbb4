import type { RunId } from '../run/id.ts'
import type { Hints } from '../store/hints.ts'
import type { WebhookAttempt, WebhookClaim, WebhookStore } from '../store/webhook-store.ts'
import type { Observer } from '../telemetry/observer.ts'
import { type ResolveHost, resolveHost } from './resolve-host.ts'
import { nextPauseMs, retryPauseMs } from './retry-schedule.ts'
import { type DeliveryAnswer, sendDelivery } from './send-delivery.ts'
import { signedHeaders } from './sign-delivery.ts'
import { hostOf, type TargetPolicy } from './target-policy.ts'

/** One receiver that hangs takes some of the places, never all. */
const maxAtOnce = 32
const maxPerHost = 4
/** Name, connection, sending and answer together. */
const attemptTimeoutMs = 15_000
/** Longer than an attempt can take, with room for a process that is slow. */
const leaseMs = 60_000
/** Hints can be lost, and other processes leave webhooks behind. */
const pollMs = 5_000
/** A stopping server lets attempts end that are nearly through. */
const defaultDrainMs = 2_000
/** RFC 9110: the receiver is gone for good. */
const goneStatus = 410
const maxErrorCharacters = 200

export interface DelivererOptions {
  readonly store: WebhookStore
  readonly hints: Pick<Hints, 'subscribe'>
  readonly observer: Pick<Observer, 'log' | 'tell'>
  readonly policy: TargetPolicy
  /** The body that tells of a finished run; undefined if it is gone. */
  readonly payload: (id: RunId) => Promise<string | undefined>
  /** The installation's, for webhooks without one. */
  readonly secret: string | undefined
  readonly maxAttempts: number
  readonly firstRetryMs: number
  readonly userAgent: string
  readonly drainMs?: number
  readonly resolve?: ResolveHost
  readonly now?: () => Date
  readonly random?: () => number
}

/** Delivers the webhooks of finished runs, each until it is delivered or has had its attempts. Several may share a database. */
export class Deliverer {
  readonly #options: DelivererOptions
  readonly #now: () => Date
  readonly #active = new Map<Promise<void>, string>()
  readonly #stopped = new AbortController()
  readonly #abort = new AbortController()
  #isNudged = false
  #wakeUp: (() => void) | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(options: DelivererOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
  }

  start(): void {
    this.#work = this.#serve()
  }

  /** Lets attempts end for a moment. Those that do not are made again by whoever comes next: receivers may get a message twice. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#nudge()
    await this.#work
    const timer = setTimeout(() => this.#abort.abort(), this.#options.drainMs ?? defaultDrainMs)
    await Promise.all(this.#active.keys())
    clearTimeout(timer)
  }

  async #serve(): Promise<void> {
    const unsubscribe = this.#options.hints.subscribe('webhook', () => this.#nudge())
    while (!this.#stopped.signal.aborted) {
      try {
        if (!(await this.#takeOne())) await this.#wait()
      } catch (error) {
        this.#options.observer.log.error({ err: error }, 'webhooks could not be read')
        await this.#sleep(pollMs)
      }
    }
    unsubscribe()
  }

  async #takeOne(): Promise<boolean> {
    if (this.#active.size >= maxAtOnce) return false
    const claim = await this.#options.store.claim({ now: this.#now(), leaseMs, busyHosts: this.#busyHosts() })
    if (claim === undefined) return false
    const delivering = this.#deliver(claim)
      .catch(error => this.#options.observer.log.error({ err: error, run: claim.runId }, 'a webhook was not recorded'))
      .finally(() => {
        this.#active.delete(delivering)
        this.#nudge()
      })
    this.#active.set(delivering, claim.host)
    return true
  }

  async #deliver(claim: WebhookClaim): Promise<void> {
    const { store, maxAttempts, payload } = this.#options
    const body = await payload(claim.runId)
    if (body === undefined) return
    const at = this.#now()
    const startedAt = performance.now()
    const result =
      claim.attempt > maxAttempts
        ? { error: 'the attempts before were interrupted' }
        : await this.#send(claim, body, at)
    // It is not the receiver's fault: the lease ends, or the next start ends it.
    if (this.#abort.signal.aborted && 'error' in result) return
    const durationMs = Math.round(performance.now() - startedAt)
    const next = this.#afterwards(claim, result)
    await store.record(claim, { at, durationMs, ...recorded(result) }, next)
    const failure = next === 'failed' ? 'given-up' : 'failed'
    this.#options.observer.tell({ type: 'webhook-attempted', result: next === 'delivered' ? next : failure })
    if (next === 'failed') {
      this.#options.observer.log.warn(
        { run: claim.runId, host: claim.host, ...recorded(result) },
        'a webhook was given up',
      )
    }
  }

  async #send(claim: WebhookClaim, body: string, at: Date): Promise<DeliveryAnswer | { readonly error: string }> {
    const { policy, userAgent, resolve = resolveHost } = this.#options
    const secret = claim.secret ?? this.#options.secret
    if (secret === undefined) return { error: 'the installation has no secret to sign with any more' }
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(attemptTimeoutMs)])
    try {
      const url = new URL(claim.url)
      const addresses = await resolve(hostOf(url), signal)
      const fault = policy.connectionFault(url, addresses)
      if (fault !== undefined) return { error: `the URL ${fault}` }
      const signed = signedHeaders({ id: `msg_${claim.runId}`, at, body }, secret)
      const headers = { 'content-type': 'application/json', 'user-agent': userAgent, ...signed }
      return await sendDelivery({ url, headers, body, addresses }, signal)
    } catch (error) {
      return { error: signal.aborted ? `no answer within ${attemptTimeoutMs} ms` : describe(error) }
    }
  }

  #afterwards(claim: WebhookClaim, result: DeliveryAnswer | { readonly error: string }): Date | 'delivered' | 'failed' {
    const { maxAttempts, firstRetryMs, random = Math.random } = this.#options
    const answer = 'error' in result ? undefined : result
    if (answer !== undefined && answer.status >= 200 && answer.status < 300) return 'delivered'
    if (answer?.status === goneStatus || claim.attempt >= maxAttempts) return 'failed'
    const pauseMs = nextPauseMs(retryPauseMs(claim.attempt, firstRetryMs, random()), answer?.retryAfterSeconds)
    return new Date(this.#now().getTime() + pauseMs)
  }

  #busyHosts(): readonly string[] {
    const counts = Map.groupBy(this.#active.values(), host => host)
    return [...counts].filter(([, same]) => same.length >= maxPerHost).map(([host]) => host)
  }

  /** Until the next one is due, somebody says so, or a place is free. */
  async #wait(): Promise<void> {
    const isFull = this.#active.size >= maxAtOnce
    const due = isFull ? undefined : await this.#options.store.nextDue(this.#busyHosts())
    const dueMs = due === undefined ? pollMs : due.getTime() - this.#now().getTime()
    await this.#sleep(Math.min(Math.max(dueMs, 1), pollMs))
  }

  async #sleep(ms: number): Promise<void> {
    if (!this.#isNudged && !this.#stopped.signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wakeUp = resolve
      const timer = setTimeout(resolve, ms)
      await promise
      clearTimeout(timer)
      this.#wakeUp = undefined
    }
    this.#isNudged = false
  }

  #nudge(): void {
    this.#isNudged = true
    this.#wakeUp?.()
  }
}

function recorded(result: DeliveryAnswer | { readonly error: string }): Pick<WebhookAttempt, 'status' | 'error'> {
  return 'error' in result ? { error: result.error } : { status: result.status }
}

/** A code where there is one; it must not steer anybody's terminal. */
function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? `${String(error.code)}: ` : ''
  const message =
    error instanceof AggregateError ? 'no address could be reached' : error instanceof Error ? error.message : ''
  return `${code}${message}`.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, maxErrorCharacters)
}
