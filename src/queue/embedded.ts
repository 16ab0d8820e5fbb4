import { randomUUID } from 'node:crypto'
import type { RunId } from '../run/id.ts'
import type { Database, StoreTransaction } from '../store/database.ts'
import { ClaimLine } from './claim-line.ts'
import type { Claim, Queue } from './queue.ts'

/** The queue in the same file as the rows. It belongs to one process, so a claim that it finds at its start is a dead one's. */
export class EmbeddedQueue implements Queue {
  readonly #database: Database
  readonly #line: ClaimLine

  constructor(options: { readonly database: Database; readonly pollIntervalMs?: number }) {
    this.#database = options.database
    this.#line = new ClaimLine({
      take: (workerId, isGone) => this.#take(workerId, isGone),
      hints: options.database.hints,
      pollIntervalMs: options.pollIntervalMs ?? 5_000,
    })
  }

  async enqueue(
    job: { readonly runId: RunId; readonly priority: number },
    transaction: StoreTransaction,
  ): Promise<void> {
    await transaction.rows.insertInto('jobs').values({ run_id: job.runId, priority: job.priority }).execute()
    transaction.hint('queue')
  }

  claim(workerId: string, signal: AbortSignal): Promise<Claim | undefined> {
    return this.#line.claim(workerId, signal)
  }

  async complete(claim: Claim, transaction: StoreTransaction): Promise<boolean> {
    const deleted = await transaction.rows
      .deleteFrom('jobs')
      .where('run_id', '=', claim.runId)
      .where('token', '=', claim.token)
      .executeTakeFirst()
    return deleted.numDeletedRows > 0n
  }

  async release(claim: Claim, transaction: StoreTransaction): Promise<void> {
    await transaction.rows
      .updateTable('jobs')
      .set({ token: null, worker_id: null })
      .where('run_id', '=', claim.runId)
      .where('token', '=', claim.token)
      .execute()
    transaction.hint('queue')
  }

  async remove(runId: RunId, transaction: StoreTransaction): Promise<boolean> {
    const deleted = await transaction.rows
      .deleteFrom('jobs')
      .where('run_id', '=', runId)
      .where('token', 'is', null)
      .executeTakeFirst()
    return deleted.numDeletedRows > 0n
  }

  async heartbeat(claim: Claim, transaction?: StoreTransaction): Promise<boolean> {
    const held = await (transaction ?? this.#database).rows
      .selectFrom('jobs')
      .select('sequence')
      .where('run_id', '=', claim.runId)
      .where('token', '=', claim.token)
      .executeTakeFirst()
    return held !== undefined
  }

  async recover(transaction: StoreTransaction): Promise<readonly RunId[]> {
    const recovered = await transaction.rows
      .updateTable('jobs')
      .set({ token: null, worker_id: null })
      .where('token', 'is not', null)
      .returning('run_id')
      .execute()
    transaction.hint('queue')
    return recovered.map(row => row.run_id as RunId)
  }

  async depth(): Promise<number> {
    const { count } = await this.#database.rows
      .selectFrom('jobs')
      .select(row => row.fn.countAll<number>().as('count'))
      .where('token', 'is', null)
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  async close(): Promise<void> {
    await this.#line.close()
  }

  /** Looks at `isGone` as late as a claim can still be undone. */
  async #take(workerId: string, isGone: () => boolean): Promise<Claim | undefined> {
    const token = randomUUID()
    const work = async (transaction: StoreTransaction) => {
      const runId = await takeNext(workerId, token, transaction)
      if (runId !== undefined && isGone()) throw new NobodyThere()
      return runId
    }
    try {
      // A claim that a power cut undoes is a run that is taken again; beginning it is durable.
      const runId = await this.#database.transaction(work, { durable: false })
      return runId && { runId, token }
    } catch (error) {
      if (error instanceof NobodyThere) return undefined
      throw error
    }
  }
}

/** Rolls a claim back. */
class NobodyThere extends Error {}

/** One statement, whose cost does not grow with the queue. */
export async function takeNext(
  workerId: string,
  token: string,
  { rows }: Pick<Database, 'rows'>,
): Promise<RunId | undefined> {
  const taken = await rows
    .updateTable('jobs')
    .set({ token, worker_id: workerId })
    .where('sequence', '=', jobs =>
      jobs
        .selectFrom('jobs')
        .select('sequence')
        .where('token', 'is', null)
        .orderBy('priority', 'desc')
        .orderBy('sequence')
        .limit(1),
    )
    .returning('run_id')
    .executeTakeFirst()
  return taken?.run_id as RunId | undefined
}
