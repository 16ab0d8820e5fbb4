import { ulid } from 'ulid'
import type { RunId } from './id.ts'
import type { KeyId } from './key.ts'
import type { OutcomeKind, RunOutcome } from './outcome.ts'
import type { RunState } from './run.ts'

/** A ULID, as a run's id. */
export type BatchId = string & { readonly __brand: 'BatchId' }

/** Runs that were submitted together. It is stored with all of them or not at all, and is finished when they are. */
export interface Batch {
  readonly id: BatchId
  readonly keyId?: KeyId
  /** In the order of the request. Runs that were deleted stay in it. */
  readonly runIds: readonly RunId[]
  /** How many of them are in each state; those that were deleted are finished. */
  readonly counts: Readonly<Record<RunState, number>>
  /** How the finished ones ended. */
  readonly outcomes: Readonly<Partial<Record<OutcomeKind, number>>>
  readonly createdAt: Date
  readonly finishedAt?: Date
}

/** The end of one of the runs. `sequence` counts up within the batch, from 1, without gaps. */
export interface BatchEnd {
  readonly sequence: number
  readonly runId: RunId
  readonly outcome: RunOutcome
  readonly at: Date
}

/** Bounds one transaction, and what one request makes. */
export const maxBatchRuns = 1000

const batchIdPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

export function newBatchId(): BatchId {
  return ulid() as BatchId
}

export function isBatchId(text: string): text is BatchId {
  return batchIdPattern.test(text)
}

/** As a run's: queued until the first of them is taken, finished when all are. */
export function batchState({ runIds, counts }: Batch): 'queued' | 'running' | 'finished' {
  if (counts.finished === runIds.length) return 'finished'
  return counts.queued === runIds.length ? 'queued' : 'running'
}
