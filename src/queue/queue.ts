import type { RunId } from '../run/id.ts'
import type { Serves } from '../run/pool.ts'
import type { StoreTransaction } from '../store/database.ts'
import type { Lane, Route } from './lane.ts'

/** A run that one worker holds. */
export interface Claim {
  readonly runId: RunId
  /** Names this claim and no other; a claim of the same run after this one has another token. */
  readonly token: string
}

/** Of all groups together. An empty architecture is any. */
export interface LaneDepth extends Omit<Lane, 'groupId'> {
  readonly runs: number
}

/** Whose runs share a turn: those of one API key. What has none is a group of its own. */
export interface QueueGroup {
  readonly id: string
  /** Runs of the group, of all pools, that may be held at the same time; further ones wait, and hold nobody else up. The last one enqueued counts. */
  readonly maxRunning?: number
}

export interface QueueJob {
  readonly runId: RunId
  readonly priority: number
  readonly group?: QueueGroup
  /** Default: any worker of the default pool. */
  readonly route?: Route
}

/**
 * The runs that wait for a worker. Two implementations, one conformance suite (`test/contract/queue.ts`).
 *
 * - Safe for concurrent use. What takes a transaction happens when, and only when, it commits.
 * - A worker is given only what it serves: runs of its pools, for its architecture or for any. What nobody serves waits, and holds nobody
 *   else up.
 * - Fair in each pool: the group with the fewest of the pool's runs held is next, and of those the one that was served longest ago. However
 *   many runs a group has waiting, another one's run waits for one slot of its pool to become free.
 * - Order within a group and a pool: higher priority first, then first come, first served. A run that was handed back keeps its place.
 * - At least once: a claim whose holder dies comes back. At most one holder at a time as far as the queue can know: the results
 *   are fenced by the run's attempt, not by the queue.
 */
export interface Queue {
  enqueue(job: QueueJob, transaction: StoreTransaction): Promise<void>
  /**
   * Takes the next run; waits for one until the signal is aborted, then resolves with undefined. A run that was already taken
   * when the signal came is returned all the same: a claim is never taken and then forgotten. After `close` resolves with
   * undefined. Rejects when the queue cannot be read; a later call may work. `serves`: default, what is for any worker of the default pool.
   */
  claim(workerId: string, signal: AbortSignal, serves?: Serves): Promise<Claim | undefined>
  /** The run needs no worker any more. True if the claim was still the holder's. */
  complete(claim: Claim, transaction: StoreTransaction): Promise<boolean>
  /** Back into the queue, for somebody else or for later. Nothing happens if the claim was not the holder's any more. */
  release(claim: Claim, transaction: StoreTransaction): Promise<void>
  /** Takes out a run that nobody holds. False if somebody holds it, or it is not there. */
  remove(runId: RunId, transaction: StoreTransaction): Promise<boolean>
  /** Says that the holder lives. False if the claim is not the holder's any more: he must stop. */
  heartbeat(claim: Claim, transaction?: StoreTransaction): Promise<boolean>
  /** Runs whose holder is known to be dead, or was a moment ago: only a look. Where there are many, some of them. */
  lost(): Promise<readonly RunId[]>
  /** Makes such a run available again. False if its holder lives after all, or somebody else has done it. */
  recover(runId: RunId, transaction: StoreTransaction): Promise<boolean>
  /** Runs that wait and that nobody holds. */
  depth(): Promise<number>
  /** The same by pool and architecture. Where none waits, some may be missing. */
  depths(): Promise<readonly LaneDepth[]>
  /** Of them, those of one group. */
  depthOf(groupId: string, transaction: StoreTransaction): Promise<number>
  /** Ends all waiting. Claims stay with their holders. May be repeated. */
  close(): Promise<void>
}
