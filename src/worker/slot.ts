import { setImmediate as turn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Environment } from '../environment/environment.ts'
import type { Platform, ResolvedImage } from '../platform/platform.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { Lease, Lifecycle } from '../queue/lifecycle.ts'
import type { Claim, Queue } from '../queue/queue.ts'
import type { RunOutcome } from '../run/outcome.ts'
import type { RunEnvironment, RunRequest, StageResult } from '../run/run.ts'
import { summarize, type TestSummary } from '../run/verdict.ts'
import { EarlyListener } from '../store/early-listener.ts'
import type { Hints } from '../store/hints.ts'
import type { RunStore } from '../store/run-store.ts'
import type { TerminalStore } from '../store/terminal-store.ts'
import type { Observer } from '../telemetry/observer.ts'
import { endOfFailedAttempt, type StopReason } from './attempt-end.ts'
import { attemptTimings } from './attempt-timings.ts'
import type { ArtifactLimits } from './collect-artifacts.ts'
import { observedRemoval } from './observed-removal.ts'
import { OutputRecorder } from './output-recorder.ts'
import { pause } from './pause.ts'
import type { PlatformMonitor } from './platform-monitor.ts'
import type { Removals } from './removals.ts'
import { type AttemptProgress, runAttempt } from './run-attempt.ts'
import { runInput } from './run-input.ts'
import { tellFailure } from './tell-failure.ts'

/** How often a running attempt says that it lives, and looks whether it was canceled where a hint was lost. */
const defaultHeartbeatMs = 2_000
/** After a failure that another try might not meet. */
const retryPauseMs = 500
/** A result that cannot be written is tried again: a full disk can be emptied. */
const persistFirstPauseMs = 200
const persistLastPauseMs = 5_000
const persistDeadlineMs = 10 * 60_000

export interface SlotParts {
  readonly workerId: string
  readonly heartbeatMs?: number
  readonly platform: Platform
  readonly monitor: PlatformMonitor
  readonly resolve: (request: string) => readonly Environment[]
  /** The ways to exactly the image of a run that is repeated. */
  readonly pinned: (environment: RunEnvironment) => readonly Environment[]
  readonly queue: Queue
  readonly lifecycle: Lifecycle
  readonly runs: RunStore
  readonly terminals: Pick<TerminalStore, 'take'>
  readonly hints: Hints
  readonly observer: Observer
  readonly removals: Removals
  /** Aborted when the worker waits for nothing any more. */
  readonly stopped: AbortSignal
  readonly artifactLimits: ArtifactLimits
  readonly onImage: (image: ResolvedImage) => void
}

/**
 * Takes one claimed run to its end, or gives it back. Never throws: whatever happens, the run is finished, handed back, or somebody
 * else's. `drain` stops it without an outcome.
 */
export async function serveClaim(parts: SlotParts, claim: Claim, drain: AbortSignal): Promise<void> {
  const { lifecycle, observer, workerId } = parts
  // From before its beginning on: what was canceled until then the beginning tells.
  using cancel = new EarlyListener(parts.hints, `cancel:${claim.runId}`)
  try {
    const lease = await persist(parts.stopped, isRepeated => lifecycle.begin(claim, workerId, isRepeated))
    if (lease !== undefined) await serveLease(parts, lease, { drain, cancel })
  } catch (error) {
    observer.log.error({ err: error, run: claim.runId }, 'a run could not be brought to its end')
  }
}

interface StopSources {
  readonly drain: AbortSignal
  readonly cancel: EarlyListener
}

async function serveLease(parts: SlotParts, lease: Lease, { drain, cancel }: StopSources): Promise<void> {
  const { lifecycle } = parts
  const startedAt = performance.now()
  const stop = new AbortController()
  const stopFor = (reason: StopReason) => stop.abort(reason)
  const recorder = new OutputRecorder(async (events, written) => {
    if (!(await lifecycle.append(lease, events, written))) stopFor('lease-lost')
  })
  const progress: AttemptProgress = { stages: [], executed: false, at: {} }
  const sandboxes = new AsyncDisposableStack()
  using _watch = watchLease(parts, lease, { cancel, stopFor })
  const onDrain = () => stopFor('draining')
  drain.addEventListener('abort', onDrain, { once: true })
  if (drain.aborted) onDrain()
  try {
    const outcome = await runAttempt({
      platform: parts.platform,
      architecture: parts.monitor.architecture,
      candidates: candidatesFor(parts, lease.run.request),
      resolve: parts.resolve,
      lease,
      recorder,
      progress,
      sandboxes,
      onImage: parts.onImage,
      onRunning: async environment => {
        if (!(await persist(parts.stopped, () => lifecycle.running(lease, environment)))) stopFor('lease-lost')
      },
      artifactLimits: parts.artifactLimits,
      input: signal => runInput(parts, lease, signal),
      signal: stop.signal,
    })
    if (outcome.kind === 'canceled') throw stop.signal.reason ?? new Error('a stage was canceled by nobody')
    await finish(parts, lease, { outcome, progress, recorder, startedAt })
  } catch (error) {
    await endFailed(parts, lease, { error, stop: stop.signal, progress, recorder, startedAt })
  } finally {
    drain.removeEventListener('abort', onDrain)
    // After the result is safe: nobody waits for a container to be removed, not even the next run.
    await parts.removals.take(
      progress.at.opened === undefined ? sandboxes : observedRemoval(parts.observer, lease, sandboxes),
    )
  }
}

function candidatesFor(parts: SlotParts, request: RunRequest): readonly Environment[] {
  const pinned = request.rerun?.environment
  return pinned === undefined ? parts.resolve(request.environment) : parts.pinned(pinned)
}

function summaryOf(
  { tests }: RunRequest,
  stages: readonly StageResult[],
  outcome: RunOutcome,
): TestSummary | undefined {
  if (tests === undefined) return undefined
  const results = stages.flatMap(stage => stage.test ?? [])
  return summarize(tests.tests.length, results, outcome.kind === 'tested')
}

interface Ending {
  readonly progress: AttemptProgress
  readonly recorder: OutputRecorder
  readonly startedAt: number
}

async function finish(
  parts: SlotParts,
  lease: Lease,
  ending: Ending & { readonly outcome: RunOutcome },
): Promise<void> {
  const { progress, outcome } = ending
  const ranAt = performance.now()
  const { events, written } = await ending.recorder.takeRest()
  const { stages, environment, collected } = progress
  const summary = summaryOf(lease.run.request, stages, outcome)
  const hasRun = progress.at.opened !== undefined
  const result = { outcome, stages, environment, collected, hasRun, ...(summary && { summary }) }
  const isMine = await persist(parts.stopped, async isRepeated => {
    if (await parts.lifecycle.finish(lease, result, events, written)) return true
    return isRepeated && (await hasEnded(parts, lease, outcome))
  })
  if (!isMine) return letGo(parts, lease, ending)
  // Whoever waits for the result has it before anything is done about what is over.
  await turn()
  parts.observer.tell({
    type: 'run-finished',
    run: {
      ...lease.run,
      state: 'finished',
      attempt: lease.attempt,
      environment: progress.environment,
      outcome,
      stages: progress.stages,
      workerId: parts.workerId,
      finishedAt: new Date(),
    },
    timings: { ...attemptTimings(lease, ending, ranAt), finishMs: performance.now() - ranAt },
  })
}

async function endFailed(
  parts: SlotParts,
  lease: Lease,
  ending: Ending & { readonly error: unknown; readonly stop: AbortSignal },
): Promise<void> {
  const { error, progress, stop } = ending
  const { log } = parts.observer
  tellFailure(parts.observer, error)
  const stopped = stop.aborted ? (stop.reason as StopReason) : undefined
  const end = endOfFailedAttempt({
    error,
    stopped,
    executed: progress.executed && !(error instanceof PlatformError && error.isBeforeExecution),
    platformIsUp: stopped !== undefined || (await parts.monitor.look(new AbortController().signal)),
    attemptsLeft: lease.attemptsLeft,
    onlyOnce: lease.run.maxAttempts === 1,
  })
  switch (end.kind) {
    case 'finish':
      if (end.outcome.kind === 'failed') log.warn({ err: error, run: lease.run.id }, 'a run failed')
      await finish(parts, lease, { ...ending, outcome: end.outcome })
      break
    case 'hand-back':
      log.warn(
        { err: stopped === undefined ? error : undefined, run: lease.run.id, attempt: lease.attempt },
        `a run goes back to the queue: ${end.why}`,
      )
      await ending.recorder.takeRest()
      if (stopped === undefined) await pause(retryPauseMs, stop)
      await persist(parts.stopped, () => parts.lifecycle.handBack(lease, { spendAttempt: end.spendAttempt }))
      tellLost(parts, lease, ending, 'handed-back')
      break
    case 'let-go':
      letGo(parts, lease, ending)
      break
  }
}

/** Whether it ended as it was to, where the answer may be what was lost. */
async function hasEnded({ runs }: SlotParts, { run, attempt }: Lease, outcome: RunOutcome): Promise<boolean> {
  const found = await runs.find(run.id)
  return found?.attempt === attempt && isDeepStrictEqual(found.outcome, outcome)
}

function letGo(parts: SlotParts, lease: Lease, ending: Ending): void {
  const { run, attempt } = lease
  parts.observer.log.warn({ run: run.id, attempt }, 'a run was taken over by another worker')
  tellLost(parts, lease, ending, 'lease-lost')
}

function tellLost({ observer }: SlotParts, lease: Lease, ending: Ending, why: 'handed-back' | 'lease-lost'): void {
  const { run, attempt } = lease
  const timings = attemptTimings(lease, ending, performance.now())
  observer.tell({ type: 'attempt-lost', run, attempt, why, timings })
}

/** Keeps the claim alive, and finds out about a cancel or a lost claim. */
function watchLease(
  parts: SlotParts,
  lease: Lease,
  { cancel, stopFor }: Pick<StopSources, 'cancel'> & { readonly stopFor: (reason: StopReason) => void },
): Disposable {
  const { id } = lease.run
  const lookForCancel = async () => {
    try {
      if (await parts.runs.isCancelRequested(id)) stopFor('canceled')
    } catch (error) {
      parts.observer.log.warn({ err: error, run: id }, 'whether a run was canceled could not be read')
    }
  }
  const beat = async () => {
    try {
      if (!(await parts.queue.heartbeat(lease.claim))) stopFor('lease-lost')
    } catch (error) {
      parts.observer.log.warn({ err: error, run: id }, 'a heartbeat could not be written')
    }
    await lookForCancel()
  }
  cancel.listen(() => void lookForCancel())
  const timer = setInterval(() => void beat(), parts.heartbeatMs ?? defaultHeartbeatMs)
  if (lease.run.cancelRequested) stopFor('canceled')
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** Tries as long as that makes sense: after the deadline, or once the worker is gone, the run is left to the next start's recovery. */
async function persist<Result>(stopped: AbortSignal, write: (isRepeated: boolean) => Promise<Result>): Promise<Result> {
  const deadlineMs = performance.now() + persistDeadlineMs
  for (let pauseMs = persistFirstPauseMs, isRepeated = false; ; pauseMs = Math.min(pauseMs * 2, persistLastPauseMs)) {
    try {
      return await write(isRepeated)
    } catch (error) {
      if (stopped.aborted || performance.now() > deadlineMs) throw error
      await pause(pauseMs, stopped)
      isRepeated = true
    }
  }
}
