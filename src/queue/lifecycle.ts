import type { Batch, BatchId } from '../run/batch.ts'
import type { RunEventBody } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import type { Run, RunEnvironment } from '../run/run.ts'
import type { NewBatch } from '../store/batch-store.ts'
import type { OnceRequest } from '../store/idempotency.ts'
import type { NewRun, RunResult } from '../store/run-store.ts'
import type { Claim } from './queue.ts'

/** A claim whose attempt has begun: what a worker holds while it runs. `attempt` fences everything that it writes. */
export interface Lease {
  readonly claim: Claim
  readonly run: Run
  readonly attempt: number
  /** Whether the run may be tried again after this attempt. */
  readonly attemptsLeft: boolean
}

export interface AttemptResult extends RunResult {
  /** Its sandbox was open. */
  readonly hasRun?: boolean
}

/**
 * The life of a run: every change of its state, each in one transaction with the queue's side of it and with the events that
 * tell of it. Whoever holds a lease that was taken over finds out by the `false` that he gets.
 */
export interface Lifecycle {
  /**
   * Durable when it resolves; with `isAwaited` when it is read, or a moment later: for whoever tells nothing of it but what he reads then.
   * A request that was sent before gives the run that it made then, as it is now. Throws the problems
   * `queue-full`, `rate-limited`, `storage-full`, `idempotency-key-reused` and `idempotency-key-spent`.
   */
  submit(run: NewRun, once?: OnceRequest, options?: { readonly isAwaited?: boolean }): Promise<Run>
  /**
   * All runs, which have one owner, or none of them; in one transaction. A request that was sent before gives the batch that it made
   * then, as it is now. Throws what `submit` throws.
   */
  submitBatch(batch: NewBatch, runs: readonly NewRun[], once?: OnceRequest): Promise<Batch>
  /**
   * Starts an attempt: state `preparing`, attempt + 1. Undefined when there is nothing to do: the run was canceled meanwhile (then
   * it ends here), is gone or finished, has no attempts left (then it ends here as `attempts-exhausted`), or the claim is not the
   * holder's any more. There is nothing to hand back then. To be called once for each claim, and again, as repeated, where that
   * rejected: an attempt that was begun all the same goes on.
   */
  begin(claim: Claim, workerId: string, isRepeated?: boolean): Promise<Lease | undefined>
  /**
   * The sandbox is open: state `running`. When it resolves, the attempt of a run that may be tried once is on disk: a power cut must not
   * make it be executed again. May be repeated.
   */
  running(lease: Lease, environment: RunEnvironment): Promise<boolean>
  /**
   * Appends events of the attempt (output, progress, stages; the others are made here). They are durable with the next change of state.
   * `written`, after an append that rejected: how many the holder knows to be there. What that append wrote all the same is not written
   * again; `events` begin with its.
   */
  append(lease: Lease, events: readonly RunEventBody[], written?: number): Promise<boolean>
  /**
   * Ends the run. With `hasRun` it is said to have run first, if that was not said yet. `events` are appended before the `finished` one,
   * in the same transaction; `written` as there.
   */
  finish(lease: Lease, result: AttemptResult, events: readonly RunEventBody[], written?: number): Promise<boolean>
  /**
   * Back to `queued`; a run whose cancel was asked for ends as canceled instead. An attempt that was not the run's fault nor risky to
   * repeat need not be spent: it keeps its number all the same, so `attempt` may exceed `maxAttempts`.
   */
  handBack(lease: Lease, options: { readonly spendAttempt: boolean }): Promise<boolean>
  /**
   * Puts the runs of dead holders back to `queued`, and tells which; those whose cancel was asked for end as canceled. Where the database
   * belongs to one process: to be called when it starts, before anybody claims. Where many share it: now and then, by anybody.
   */
  recover(): Promise<readonly RunId[]>
  /**
   * A queued run ends at once; a running one is marked, and its worker ends it. Undefined if there is no such run.
   * May be repeated; a finished run stays as it is.
   */
  cancel(id: RunId): Promise<Run | undefined>
  /** Each run of the batch as by `cancel`. May be repeated; what is finished stays as it is. */
  cancelBatch(id: BatchId): Promise<void>
  /** Deletes a finished run and all its data. Throws `run-not-finished`; false if there is no such run. */
  remove(id: RunId): Promise<boolean>
}
