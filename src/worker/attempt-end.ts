import { PlatformError } from '../platform/platform-error.ts'
import type { RunOutcome } from '../run/outcome.ts'
import { Problem } from '../run/problem.ts'

/** Why an attempt was told to stop. */
export type StopReason = 'canceled' | 'draining' | 'lease-lost'

/** What is to be done with a run whose attempt did not get to its end. */
export type AttemptEnd =
  | { readonly kind: 'finish'; readonly outcome: RunOutcome }
  | { readonly kind: 'hand-back'; readonly spendAttempt: boolean; readonly why: string }
  | { readonly kind: 'let-go' }

/**
 * What a failed attempt means for its run. Pure.
 *
 * A run does not pay with an attempt for an engine that is away, as long as nothing of it was executed. Whatever else went wrong
 * costs one: else a run that breaks its worker each time would go round for ever.
 */
export function endOfFailedAttempt(failure: {
  readonly error: unknown
  readonly stopped: StopReason | undefined
  readonly executed: boolean
  readonly platformIsUp: boolean
  readonly attemptsLeft: boolean
  /** Its client does not bear a second execution. */
  readonly onlyOnce: boolean
}): AttemptEnd {
  const { error, stopped } = failure
  if (stopped === 'canceled') return { kind: 'finish', outcome: { kind: 'canceled' } }
  if (stopped === 'draining') return endOfDrainedAttempt(failure)
  if (stopped === 'lease-lost') return { kind: 'let-go' }
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof Problem || (error instanceof PlatformError && error.code === 'environment-unavailable')) {
    return { kind: 'finish', outcome: { kind: 'failed', code: 'environment-unavailable', detail } }
  }
  if (error instanceof PlatformError && error.code === 'refused') {
    return { kind: 'finish', outcome: { kind: 'failed', code: 'platform-unavailable', detail } }
  }
  const spendAttempt = failure.executed || failure.platformIsUp
  if (spendAttempt && !failure.attemptsLeft && error instanceof PlatformError) {
    return { kind: 'finish', outcome: { kind: 'failed', code: 'platform-unavailable', detail } }
  }
  return { kind: 'hand-back', spendAttempt, why: detail }
}

/** A shutdown is not the run's fault: it costs no attempt, unless that would execute it twice against its client's will. */
function endOfDrainedAttempt(failure: { readonly executed: boolean; readonly onlyOnce: boolean }): AttemptEnd {
  if (!failure.executed || !failure.onlyOnce) {
    return { kind: 'hand-back', spendAttempt: false, why: 'the worker is shutting down' }
  }
  const detail = 'The worker shut down in the middle of the run, which may be tried once only.'
  return { kind: 'finish', outcome: { kind: 'failed', code: 'attempts-exhausted', detail } }
}
