import type { RunOwner } from '../run/key.ts'
import { defaultPool } from '../run/pool.ts'
import { Problem } from '../run/problem.ts'
import type { StoreTransaction } from '../store/database.ts'
import type { Shortage } from '../store/retention.ts'
import type { NewRun, RunStore } from '../store/run-store.ts'
import { spendRate } from '../store/spend-rate.ts'
import type { Queue, QueueJob } from './queue.ts'

/** The disk is the operator's to free. */
const fullRetryAfterSeconds = 60

/** A full queue empties at the pace of its runs, some seconds each. */
const retryAfterSeconds = 5

/**
 * Of the queue, in one transaction. Only what is below it, and begins while the queue is less than half full, is let in without a turn: what is taken
 * over the bound is at most what so begins and has not ended when the other half is full.
 */
const smallShare = 500

export interface AdmissionOptions {
  readonly queue: Queue
  readonly runs: RunStore
  readonly maxQueuedRuns: number
  /** So that no key fills the queue for all. Default: `maxQueuedRuns`. */
  readonly maxQueuedRunsPerKey?: number
  /** Why nothing new can be stored. Default: nothing is in the way. */
  readonly shortage?: () => Promise<Shortage | undefined>
}

/** The door of the queue: lets runs in, or says why not. */
export class Admission {
  readonly #options: AdmissionOptions

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** To be called before the transaction: making room takes some of its own. Throws `storage-full`. */
  async refuseWithoutRoom(): Promise<void> {
    const shortage = await this.#options.shortage?.()
    if (shortage === undefined) return
    const detail =
      shortage === 'disk'
        ? 'The disk of the data directory is nearly full.'
        : 'The runs that are kept take as much as they may, and none of them can be deleted yet.'
    throw new Problem('storage-full', detail, { retryAfterSeconds: fullRetryAfterSeconds })
  }

  /** All of them, which have one owner, or none. Throws `queue-full` and `rate-limited`. */
  async admit(runs: readonly NewRun[], at: Date, transaction: StoreTransaction): Promise<void> {
    const owner = runs[0]?.owner
    const queued = await this.#refuseIfFull(runs.length, transaction)
    if (owner !== undefined) {
      await this.#refuseIfKeyFull(owner, runs.length, transaction)
      await spendRate(owner, runs.length, at, transaction)
    }
    for (const run of runs) {
      await this.#options.runs.insert(run, transaction)
      await this.#options.queue.enqueue(jobOf(run), transaction)
    }
    // Others of the key may have come in at the same moment: from here on they wait for us, or we have waited for them.
    if (owner !== undefined) transaction.beforeCommit?.(() => this.#refuseIfKeyFull(owner, 0, transaction))
    if (this.#isNearlyFull(queued, runs.length)) transaction.beforeCommit?.(() => this.#refuseInTurn(runs, transaction))
  }

  /** Tells how many wait. */
  async #refuseIfFull(runs: number, transaction: StoreTransaction): Promise<number> {
    const { runs: store, maxQueuedRuns } = this.#options
    const { queued } = await store.countByState(transaction)
    if (queued + runs > maxQueuedRuns) {
      throw new Problem('queue-full', `${queued} runs are waiting already.`, { retryAfterSeconds })
    }
    return queued
  }

  /** Others that come in at this moment could make it too much, together. Below it they would have to be hundreds. */
  #isNearlyFull(queued: number, runs: number): boolean {
    const { maxQueuedRuns } = this.#options
    return queued + runs > maxQueuedRuns / 2 || runs > maxQueuedRuns / smallShare
  }

  /** Those who commit before us are counted, and those after us count us. */
  async #refuseInTurn(runs: readonly NewRun[], transaction: StoreTransaction): Promise<void> {
    await transaction.takeTurn?.()
    await this.#refuseIfFull(runs.length, transaction)
  }

  async #refuseIfKeyFull(owner: RunOwner, runs: number, transaction: StoreTransaction): Promise<void> {
    const { queue, maxQueuedRuns, maxQueuedRunsPerKey = maxQueuedRuns } = this.#options
    const ofKey = await queue.depthOf(owner.id, transaction)
    if (ofKey + runs > maxQueuedRunsPerKey) {
      throw new Problem('queue-full', `${ofKey} runs of this key are waiting already.`, { retryAfterSeconds })
    }
  }
}

function jobOf({ id: runId, priority, owner, pool = defaultPool, architecture }: NewRun): QueueJob {
  const group = owner && { id: owner.id, maxRunning: owner.maxConcurrentRuns }
  return { runId, priority, route: { pool, ...(architecture && { architecture }) }, ...(group && { group }) }
}
