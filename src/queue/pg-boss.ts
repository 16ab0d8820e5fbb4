import { sql } from 'kysely'
import { fromKysely, type PgBoss } from 'pg-boss'
import { type RunId, runOfUuid, uuidOfRun } from '../run/id.ts'
import { servesDefault } from '../run/pool.ts'
import type { Database, StoreTransaction } from '../store/database.ts'
import { ClaimLine, noneTaken, type Take, takenForNobody } from './claim-line.ts'
import { createBoss, type ExecuteSql } from './create-boss.ts'
import {
  countCompleted,
  countEnqueued,
  countReleased,
  countRemoved,
  countTaken,
  noGroup,
  waitingByLane,
  waitingIn,
  waitingInAll,
} from './groups.ts'
import { laneFor, laneId, laneOf } from './lane.ts'
import { nextLane, nextTurn } from './next-lane.ts'
import {
  firstLane,
  lockLostJob,
  lockWaitingJob,
  lostJobs,
  parseToken,
  putInOrder,
  queueOfLane,
  tokenOf,
} from './pg-boss-jobs.ts'
import type { Claim, LaneDepth, Queue, QueueJob } from './queue.ts'

/** What a job may never run into: a run that was accepted neither expires nor runs out of retries here. */
const forever = { retryLimit: 2 ** 31 - 1, retentionSeconds: 2_000_000_000, expireInSeconds: 24 * 60 * 60 } as const
/** Claims are made one at a time in the whole installation, so that turns are turns. Any number that is ours alone. */
const claimLock = 1_383_297_652
/** Where fewer wait, each process takes one run at a time, so that they are spread among all who have room. */
const enoughForAll = 100
/** Taken together by one process, which others wait for. */
const maxTogether = 8

export interface PgBossQueueOptions {
  readonly database: Database
  /** Of pg-boss's own, for what it does outside of our transactions. */
  readonly sql: ExecuteSql
  /** A holder that was silent for so long is dead. */
  readonly leaseMs: number
  readonly pollIntervalMs?: number
}

/**
 * The queue of many processes: pg-boss has the jobs, and does with them whatever is done, within the transactions of the runs. Which
 * group is next it cannot tell, so that is chosen here (`docs/decisions/0020-pg-boss.md`).
 *
 * Rows are locked in one order: the run's, the job's, the group's. A claim never waits for a job's.
 */
export class PgBossQueue implements Queue {
  readonly #database: Database
  readonly #boss: PgBoss
  readonly #leaseMs: number
  readonly #line: ClaimLine
  readonly #queues = new Set<string>()
  /** The last claim found a run. */
  #mayHaveMore = false
  readonly #gathered = new WeakMap<StoreTransaction, QueueJob[]>()

  private constructor(options: PgBossQueueOptions) {
    this.#database = options.database
    this.#leaseMs = options.leaseMs
    this.#boss = createBoss(options.sql)
    this.#line = new ClaimLine({
      take: (served, join) => this.#take(served, join),
      hints: options.database.hints,
      pollIntervalMs: options.pollIntervalMs ?? 1_000,
    })
  }

  /** pg-boss's tables are there: see `migrateBoss`. */
  static async open(options: PgBossQueueOptions): Promise<PgBossQueue> {
    const queue = new PgBossQueue(options)
    await queue.#boss.start()
    return queue
  }

  /** All of a transaction's at its end: a batch of a thousand must not hold its key's row for as long as it takes to store them. */
  async enqueue(job: QueueJob, transaction: StoreTransaction): Promise<void> {
    if (transaction.beforeCommit === undefined) return await this.#enqueueAll([job], transaction)
    const gathered = this.#gathered.get(transaction)
    if (gathered !== undefined) return void gathered.push(job)
    const jobs = [job]
    this.#gathered.set(transaction, jobs)
    transaction.beforeCommit(() => this.#enqueueAll(jobs, transaction))
  }

  async #enqueueAll(jobs: readonly QueueJob[], transaction: StoreTransaction): Promise<void> {
    const byLane = Map.groupBy(jobs, ({ group = noGroup, route }) => laneId(laneFor(group.id, route)))
    // A group's main lane sorts before its others, and all of them together.
    for (const lane of [...byLane.keys()].toSorted()) {
      await this.#enqueueInLane(lane, byLane.get(lane) ?? [], transaction)
    }
    transaction.hint('queue')
  }

  async #enqueueInLane(lane: string, jobs: readonly QueueJob[], transaction: StoreTransaction): Promise<void> {
    const queue = await this.#queueOf(lane)
    // pg-boss's group is for its index alone.
    const inserts = jobs.map(({ runId, priority }) => ({ id: uuidOfRun(runId), priority, group: { id: queue } }))
    const made = await this.#boss.insert(queue, inserts, { returnId: true, db: fromKysely(transaction.rows) })
    if (made?.length !== jobs.length) throw new Error('A run is in the queue already')
    const ids = inserts.map(({ id }) => id)
    if (ids.length > 1) await putInOrder(queue, ids, transaction.rows)
    await transaction.rows
      .insertInto('job_groups')
      .values(jobs.map(({ runId }) => ({ run_id: runId, group_id: lane })))
      .execute()
    await countEnqueued(laneOf(lane), jobs.at(-1)?.group ?? noGroup, transaction, jobs.length)
  }

  claim(workerId: string, signal: AbortSignal, serves = servesDefault): Promise<Claim | undefined> {
    return this.#line.claim(workerId, serves, signal)
  }

  async complete(claim: Claim, transaction: StoreTransaction): Promise<boolean> {
    const { job, lane } = parseToken(claim)
    const db = fromKysely(transaction.rows)
    if (isRefused(await this.#boss.deleteJob(queueOfLane(lane), job, { db }))) return false
    await forgetLane(claim.runId, transaction)
    // The group may have been held up by its bound alone.
    if (await countCompleted(lane, transaction)) transaction.hint('queue')
    return true
  }

  async release(claim: Claim, transaction: StoreTransaction): Promise<void> {
    const { job, lane } = parseToken(claim)
    await this.#giveBack(job, lane, transaction)
  }

  async remove(runId: RunId, transaction: StoreTransaction): Promise<boolean> {
    const lane = await laneOfRun(runId, transaction)
    if (lane === undefined) return false
    const queue = queueOfLane(lane)
    if (!(await lockWaitingJob(queue, runId, transaction.rows))) return false
    await this.#boss.deleteJob(queue, uuidOfRun(runId), { db: fromKysely(transaction.rows) })
    await forgetLane(runId, transaction)
    await countRemoved(lane, transaction)
    return true
  }

  async heartbeat(claim: Claim, transaction?: StoreTransaction): Promise<boolean> {
    const { job, lane } = parseToken(claim)
    const options = transaction && { db: fromKysely(transaction.rows) }
    return !isRefused(await this.#boss.touch(queueOfLane(lane), job, options))
  }

  lost(): Promise<readonly RunId[]> {
    return lostJobs(this.#database.rows, this.#leaseMs)
  }

  async recover(runId: RunId, transaction: StoreTransaction): Promise<boolean> {
    const lane = await laneOfRun(runId, transaction)
    if (lane === undefined) return false
    const job = await lockLostJob({ runId, lane }, transaction.rows, this.#leaseMs)
    return job !== undefined && (await this.#giveBack(job, lane, transaction))
  }

  depth(): Promise<number> {
    return waitingInAll(this.#database)
  }

  depths(): Promise<readonly LaneDepth[]> {
    return waitingByLane(this.#database)
  }

  depthOf(groupId: string, transaction: StoreTransaction): Promise<number> {
    return waitingIn(groupId, transaction)
  }

  async close(): Promise<void> {
    await this.#line.close()
    await this.#boss.stop({ graceful: false })
  }

  /** A failed attempt of pg-boss's: the job waits again, in its old place. */
  async #giveBack(
    job: { readonly id: string; readonly retryCount: number },
    lane: string,
    transaction: StoreTransaction,
  ): Promise<boolean> {
    const db = fromKysely(transaction.rows)
    if (isRefused(await this.#boss.fail(queueOfLane(lane), job, null, { db }))) return false
    await countReleased(lane, transaction)
    transaction.hint('queue')
    return true
  }

  /** Made outside of the transaction, which would make others wait that have the same key's first run. */
  async #queueOf(lane: string): Promise<string> {
    const queue = queueOfLane(lane)
    if (!this.#queues.has(queue)) await this.#boss.createQueue(queue, forever)
    this.#queues.add(queue)
    return queue
  }

  /** Looks at `isGone` as late as a claim can still be undone. */
  readonly #take: Take = async (served, join) => {
    // A look is cheaper than a claim, and most hints are heard by all.
    if (!this.#mayHaveMore && (await nextLane(served[0].serves, this.#database)) === undefined) return noneTaken
    const work = async (transaction: StoreTransaction) => {
      await haveTurn(transaction)
      const claims: Claim[] = []
      const emptied: string[] = []
      // Those who joined before the transaction was made again are served as well.
      while (claims.length < served.length) {
        const turn = await nextTurn(served[0].serves, transaction, emptied)
        if (turn === undefined) break
        const isEnough = () => turn.waiting - served.length >= enoughForAll && served.length < maxTogether
        while (isEnough() && served.length - claims.length < turn.most && join());
        const lane = (await firstLane(turn.lanes, transaction.rows)) ?? turn.lanes[0]
        const taken = await this.#takeSome(lane, Math.min(served.length - claims.length, turn.most), transaction)
        if (taken.length === 0) emptied.push(lane)
        claims.push(...taken)
      }
      if (served.slice(0, claims.length).some(each => each.isGone())) throw new NobodyThere()
      return claims
    }
    try {
      const claims = await this.#database.transaction(work)
      this.#mayHaveMore = claims.length > 0
      return { claims, isMore: true }
    } catch (error) {
      if (error instanceof NobodyThere) return takenForNobody
      throw error
    }
  }

  /** None where what waited is just being removed, by a transaction that has not committed yet. */
  async #takeSome(lane: string, batchSize: number, transaction: StoreTransaction): Promise<readonly Claim[]> {
    const options = { batchSize, ignoreStartAfter: true, db: fromKysely(transaction.rows) }
    const jobs = await this.#boss.fetch(queueOfLane(lane), options)
    // The last thing: everybody whose run of the group ends waits for this row.
    if (jobs.length > 0) await countTaken(lane, transaction, jobs.length)
    return jobs.map(job => ({ runId: runOfUuid(job.id), token: tokenOf(job.retryCount, lane) }))
  }
}

/** Until the end of the transaction nobody else claims. */
async function haveTurn({ rows }: StoreTransaction): Promise<void> {
  // A claim that is forgotten cannot be begun, and its run is taken again: it need not wait for the disk.
  await sql`select set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(${claimLock})`.execute(rows)
}

/** The claim was not the holder's any more. pg-boss tells how many jobs it affected, and its types do not tell that. */
function isRefused(response: object): boolean {
  if (!('affected' in response)) throw new Error('pg-boss did not say how many jobs it affected')
  return response.affected === 0
}

/** Rolls a claim back. */
class NobodyThere extends Error {}

async function laneOfRun(runId: RunId, { rows }: StoreTransaction): Promise<string | undefined> {
  const row = await rows.selectFrom('job_groups').select('group_id').where('run_id', '=', runId).executeTakeFirst()
  return row?.group_id
}

async function forgetLane(runId: RunId, { rows }: StoreTransaction): Promise<void> {
  await rows.deleteFrom('job_groups').where('run_id', '=', runId).execute()
}
