import type { Verdict } from './verdict.ts'

/** How one stage (one process) ended. Data, never an exception. The first reason that ended it wins. */
export type StageOutcome =
  | { readonly kind: 'exited'; readonly code: number }
  /** Killed by a signal that we did not send. `signal` is a name such as `SIGSEGV`. */
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'timed-out'; readonly clock: 'wall' | 'cpu'; readonly limitMs: number }
  | { readonly kind: 'out-of-memory'; readonly limitBytes: number }
  | { readonly kind: 'canceled' }

export const failureCodes = ['environment-unavailable', 'platform-unavailable', 'attempts-exhausted'] as const

/** Why a run failed through no fault of its program. */
export type FailureCode = (typeof failureCodes)[number]

/** How a finished run ended. A run has the outcome of its last stage, unless one of ours came first. */
export type RunOutcome =
  | StageOutcome
  /** A run with tests came to its end: the verdict of the first test that was not accepted, or `accepted`. */
  | { readonly kind: 'tested'; readonly verdict: Verdict }
  /** The compile stage did not exit 0; its own outcome is on the stage. */
  | { readonly kind: 'compile-failed' }
  /** Our failure, or the installation's: the program is not to blame. `detail` is one sentence for people. */
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly detail: string }

export const outcomeKinds = [
  'exited',
  'signaled',
  'timed-out',
  'out-of-memory',
  'tested',
  'compile-failed',
  'canceled',
  'failed',
] as const satisfies readonly RunOutcome['kind'][]

export type OutcomeKind = (typeof outcomeKinds)[number]
