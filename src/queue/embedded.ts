import { randomUUID } from 'node:crypto'
import type { RunId } from '../run/id.ts'
import { servesDefault } from '../run/pool.ts'
import type { Database, StoreTransaction } from '../store/database.ts'
import { type Place, prepare, prepareEach, prepareLoosely } from '../store/prepared.ts'
import { ClaimLine, noneTaken, type Served, type Taken, takenForNobody } from './claim-line.ts'
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
import { laneFor, laneId } from './lane.ts'
import { nextLaneAtOnce } from './next-lane.ts'
import type { Claim, LaneDepth, Queue, QueueJob } from './queue.ts'

const insertJob = prepare((rows, value: Place<{ run_id: RunId; priority: number; group_id: string }>) =>
  rows.insertInto('jobs').values({ run_id: value('run_id'), priority: value('priority'), group_id: value('group_id') }),
)

const findHeld = prepare((rows, value: Place<Claim>) =>
  rows.selectFrom('jobs').select('sequence').where('run_id', '=', value('runId')).where('token', '=', value('token')),
)

const deleteHeld = prepare((rows, value: Place<Claim>) =>
  rows
    .deleteFrom('jobs')
    .where('run_id', '=', value('runId'))
    .where('token', '=', value('token'))
    .returning('group_id'),
)

/** The queue in the same file as the rows. It belongs to one process, so a claim that it finds at its start is a dead one's. */
export class EmbeddedQueue implements Queue {
  readonly #database: Database
  readonly #line: ClaimLine

  constructor(options: { readonly database: Database; readonly pollIntervalMs?: number }) {
    this.#database = options.database
    this.#line = new ClaimLine({
      take: ([served]) => this.#take(served),
      hints: options.database.hints,
      pollIntervalMs: options.pollIntervalMs ?? 5_000,
    })
  }

  async enqueue({ runId, priority, group = noGroup, route }: QueueJob, transaction: StoreTransaction): Promise<void> {
    const lane = laneFor(group.id, route)
    await insertJob(transaction.rows, { run_id: runId, priority, group_id: laneId(lane) })
    await countEnqueued(lane, group, transaction)
    transaction.hint('queue')
  }

  claim(workerId: string, signal: AbortSignal, serves = servesDefault): Promise<Claim | undefined> {
    return this.#line.claim(workerId, serves, signal)
  }

  async complete(claim: Claim, transaction: StoreTransaction): Promise<boolean> {
    const [completed] = await deleteHeld(transaction.rows, claim)
    if (completed === undefined) return false
    // The group may have been held up by its bound alone.
    if (await countCompleted(completed.group_id, transaction)) transaction.hint('queue')
    return true
  }

  async release(claim: Claim, transaction: StoreTransaction): Promise<void> {
    const released = await transaction.rows
      .updateTable('jobs')
      .set({ token: null, worker_id: null })
      .where('run_id', '=', claim.runId)
      .where('token', '=', claim.token)
      .returning('group_id')
      .executeTakeFirst()
    if (released === undefined) return
    await countReleased(released.group_id, transaction)
    transaction.hint('queue')
  }

  async remove(runId: RunId, transaction: StoreTransaction): Promise<boolean> {
    const removed = await transaction.rows
      .deleteFrom('jobs')
      .where('run_id', '=', runId)
      .where('token', 'is', null)
      .returning('group_id')
      .executeTakeFirst()
    if (removed === undefined) return false
    await countRemoved(removed.group_id, transaction)
    return true
  }

  async heartbeat(claim: Claim, transaction?: StoreTransaction): Promise<boolean> {
    const held = await findHeld((transaction ?? this.#database).rows, claim)
    return held.length > 0
  }

  /** All that are held: to be asked when the process starts, which is when it holds none itself. */
  async lost(): Promise<readonly RunId[]> {
    const held = await this.#database.rows
      .selectFrom('jobs')
      .select('run_id')
      .where('token', 'is not', null)
      .orderBy('sequence')
      .execute()
    return held.map(row => row.run_id as RunId)
  }

  async recover(runId: RunId, transaction: StoreTransaction): Promise<boolean> {
    const recovered = await transaction.rows
      .updateTable('jobs')
      .set({ token: null, worker_id: null })
      .where('run_id', '=', runId)
      .where('token', 'is not', null)
      .returning('group_id')
      .executeTakeFirst()
    if (recovered === undefined) return false
    await countReleased(recovered.group_id, transaction)
    transaction.hint('queue')
    return true
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
  }

  /** One at a time: here nobody else waits meanwhile. Looks at `isGone` as late as a claim can still be undone. */
  async #take(served: Served): Promise<Taken> {
    const token = randomUUID()
    const work = async (transaction: StoreTransaction) => {
      const taken = await takeNext({ ...served, token }, transaction)
      if (taken !== undefined && served.isGone()) throw new NobodyThere()
      return taken
    }
    try {
      // A claim that a power cut undoes is a run that is taken again; nothing of it is executed before its beginning is on disk.
      const taken = await this.#database.transaction(work, { durable: false })
      return taken === undefined ? noneTaken : { claims: [{ runId: taken.runId, token }], isMore: taken.isMore }
    } catch (error) {
      if (error instanceof NobodyThere) return takenForNobody
      throw error
    }
  }
}

/** Rolls a claim back. */
class NobodyThere extends Error {}

/** Its cost grows neither with the queue nor with the groups and pools: each step reads the first entries of indexes. */
export async function takeNext(
  { workerId, token, serves }: Pick<Served, 'workerId' | 'serves'> & { readonly token: string },
  transaction: Pick<Database, 'rows'>,
): Promise<{ readonly runId: RunId; readonly isMore: boolean } | undefined> {
  const lanes = await nextLaneAtOnce(serves, transaction)
  if (lanes === undefined) return undefined
  const [taken] = await takeFirst(lanes.length)(transaction.rows, { ...lanes, token, workerId })
  if (taken === undefined) throw new Error(`The lane "${lanes[0]}" has fewer jobs than were counted`)
  const isMore = await countTaken(taken.group_id, transaction)
  return { runId: taken.run_id as RunId, isMore }
}

const takeFirst = prepareEach((lanes: number) =>
  prepareLoosely((rows, value) =>
    rows
      .updateTable('jobs')
      .set({ token: value('token'), worker_id: value('workerId') })
      .where(
        'sequence',
        '=',
        firstWaiting(
          [...Array(lanes).keys()].map(lane => value(`${lane}`)),
          { rows },
        ).select('sequence'),
      )
      .returning(['run_id', 'group_id']),
  ),
)

/** Of each lane the first entry of an index, and of those the first. */
function firstWaiting(lanes: readonly string[], { rows }: Pick<Database, 'rows'>) {
  const [first, ...others] = lanes.map(lane =>
    rows
      .selectFrom(
        rows
          .selectFrom('jobs')
          .select(['sequence', 'priority'])
          .where('group_id', '=', lane)
          .where('token', 'is', null)
          .orderBy('priority', 'desc')
          .orderBy('sequence')
          .limit(1)
          .as('first'),
      )
      .selectAll(),
  )
  if (first === undefined) throw new Error('A worker serves at least one lane')
  return rows
    .selectFrom(others.reduce((query, other) => query.unionAll(other), first).as('next'))
    .$if(others.length > 0, query => query.orderBy('priority', 'desc').orderBy('sequence').limit(1))
}
