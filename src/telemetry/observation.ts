import type { Run } from '../run/run.ts'

/** What the core tells of itself, for those who count, trace or log it. */
export type Observation =
  | RunFinished
  | AttemptLost
  | SandboxesRemoved
  /** Sandboxes that belonged to nobody were removed. */
  | { readonly type: 'sandboxes-swept'; readonly count: number }
  /** `code` is one of `PlatformErrorCode`. */
  | { readonly type: 'platform-failed'; readonly code: string }
  | RequestAnswered
  | { readonly type: 'webhook-attempted'; readonly result: 'delivered' | 'failed' | 'given-up' }

export interface RunFinished {
  readonly type: 'run-finished'
  readonly run: Run
  readonly timings: RunTimings
}

/** An attempt ended without ending its run: it was handed back, or somebody else has the run by now. */
export interface AttemptLost {
  readonly type: 'attempt-lost'
  readonly run: Run
  readonly attempt: number
  readonly why: 'handed-back' | 'lease-lost'
  readonly timings: RunTimings
}

/** What a run's attempt had opened is gone. */
export interface SandboxesRemoved {
  readonly type: 'sandboxes-removed'
  readonly run: Run
  readonly attempt: number
  readonly durationMs: number
}

export interface RequestAnswered {
  readonly type: 'request-answered'
  readonly method: string
  /** As it was declared, with parameters by name; undefined where there is nothing at the address. */
  readonly route: string | undefined
  /** Undefined where the client went away before the answer had begun. */
  readonly status: number | undefined
  readonly startedAt: Date
  readonly durationMs: number
  readonly trace?: RequestTrace
}

/** Times in ms of one attempt, by phase. */
export interface RunTimings {
  readonly queuedMs: number
  readonly prepareMs?: number
  readonly openMs?: number
  /** The sandbox was there before the run. */
  readonly warm?: boolean
  /** And so was the interpreter in it. */
  readonly prebooted?: boolean
  readonly stagesMs?: number
  readonly finishMs?: number
}

/** Where a request stands in a trace, both in the form of the `traceparent` header of W3C Trace Context. */
export interface RequestTrace {
  /** The request's own span. */
  readonly traceparent: string
  /** Its client's. */
  readonly parent?: string
}
