import type { Environment } from '../environment/environment.ts'
import type { Platform, ResolvedImage } from '../platform/platform.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { ImageProgress } from '../run/event.ts'
import type { OperationOutcome } from '../run/operation.ts'
import { Problem } from '../run/problem.ts'
import type { Hints } from '../store/hints.ts'
import type { OperationLease, OperationStore } from '../store/operation-store.ts'
import { Wake } from '../store/wake.ts'
import type { Observer } from '../telemetry/observer.ts'
import { pause } from './pause.ts'
import type { PlatformMonitor } from './platform-monitor.ts'

/** At the same time: what is pulled shares one line to the registry and one disk. */
const maxAtOnce = 2
/** For hints that were lost, and for workers that were. */
const pollMs = 5_000
/** So often it says that it goes on, and what it has to tell. */
const beatMs = 500
/** One that says nothing for so long is taken over. */
const lostMs = 30_000
const maxAttempts = 3

export interface OperationsParts {
  readonly workerId: string
  readonly operations: OperationStore
  readonly platform: Platform
  readonly monitor: PlatformMonitor
  readonly hints: Hints
  readonly observer: Pick<Observer, 'log'>
  readonly resolve: (environment: string) => readonly Environment[]
  readonly onImage: (image: ResolvedImage) => void
}

/** Works off operations until the signal is aborted; what goes on then is handed back. Never rejects. */
export async function serveOperations(parts: OperationsParts, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: maxAtOnce }, () => serveOneAfterAnother(parts, signal)))
}

async function serveOneAfterAnother(parts: OperationsParts, signal: AbortSignal): Promise<void> {
  using wake = new Wake(parts.hints, 'operation')
  while (!signal.aborted) {
    try {
      await parts.monitor.waitUntilUp(signal)
      const now = new Date()
      const lease = await parts.operations.claim(parts.workerId, now, new Date(now.getTime() - lostMs))
      if (lease === undefined) await wake.next(pollMs, signal)
      else await perform(parts, lease, signal)
    } catch (error) {
      if (signal.aborted) return
      parts.observer.log.error({ err: error }, 'an operation could not be brought to its end')
      await pause(pollMs, signal)
    }
  }
}

async function perform(parts: OperationsParts, lease: OperationLease, signal: AbortSignal): Promise<void> {
  const { operations, platform, observer } = parts
  const { operation } = lease
  const lost = new AbortController()
  const told = new Telling(lease, operations, () => lost.abort())
  const working = AbortSignal.any([signal, lost.signal])
  let outcome: OperationOutcome | undefined
  try {
    const candidates = parts.resolve(operation.environment)
    const image = await platform.prepare(candidates, progress => told.add(progress), working)
    parts.onImage(image)
    const { environment, version, digest } = image
    outcome = { kind: 'succeeded', environment: { name: environment.name, version, digest } }
  } catch (error) {
    outcome = failureOf(error, lease.attempt)
    if (outcome !== undefined && !working.aborted) {
      observer.log.warn({ err: error, operation: operation.id }, 'an operation failed')
    }
  } finally {
    await told.end()
  }
  if (lost.signal.aborted) return
  const isOver = outcome !== undefined && !(signal.aborted && outcome.kind === 'failed')
  if (isOver && outcome !== undefined) await operations.finish(lease, outcome, new Date())
  else await operations.handBack(lease, new Date())
}

/** Undefined where another try may do better. */
function failureOf(error: unknown, attempt: number): OperationOutcome | undefined {
  const detail = error instanceof Error ? error.message : String(error)
  const isUnavailable = error instanceof PlatformError && error.code === 'environment-unavailable'
  if (error instanceof Problem || isUnavailable) return { kind: 'failed', code: 'environment-unavailable', detail }
  if (attempt < maxAttempts) return undefined
  return {
    kind: 'failed',
    code: error instanceof PlatformError ? 'platform-unavailable' : 'attempts-exhausted',
    detail,
  }
}

/** Tells of an operation's progress now and then: the last of what came since, and that it goes on. */
class Telling {
  readonly #lease: OperationLease
  readonly #operations: Pick<OperationStore, 'append'>
  readonly #onLost: () => void
  readonly #timer: NodeJS.Timeout
  #latest: ImageProgress | undefined
  #write: Promise<void> = Promise.resolve()
  #beats = 0

  constructor(lease: OperationLease, operations: Pick<OperationStore, 'append'>, onLost: () => void) {
    this.#lease = lease
    this.#operations = operations
    this.#onLost = onLost
    this.#timer = setInterval(() => this.#beat(), beatMs)
  }

  add(progress: ImageProgress): void {
    const isFirst = this.#latest === undefined && this.#beats === 0
    this.#latest = progress
    if (isFirst) this.#beat()
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    this.#beat()
    await this.#write
  }

  #beat(): void {
    const progress = this.#latest
    this.#latest = undefined
    this.#beats += 1
    // Without news it is enough to be heard of now and then.
    if (progress === undefined && this.#beats % 10 !== 0) return
    const bodies = progress === undefined ? [] : [{ type: 'progress', progress } as const]
    this.#write = this.#write
      .then(async () => {
        if (!(await this.#operations.append(this.#lease, bodies, new Date()))) this.#onLost()
      })
      // The next one may be written; if none is, another worker takes over.
      .catch(() => {})
  }
}
