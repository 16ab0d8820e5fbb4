import type { Batch, BatchEnd, BatchId } from '../run/batch.ts'
import type { RunId } from '../run/id.ts'
import type { KeyId } from '../run/key.ts'
import type { OutcomeKind } from '../run/outcome.ts'
import type { Database, StoreTransaction } from './database.ts'

export interface NewBatch {
  readonly id: BatchId
  readonly runIds: readonly RunId[]
  readonly keyId?: KeyId
  readonly createdAt: Date
}

/** Whose a batch is, and how far it has come. */
export interface BatchHead {
  readonly keyId?: KeyId
  readonly total: number
  readonly finished: number
}

type Rows = Pick<Database, 'rows'>

/** The batches. They are changed in transactions of the lifecycle's, with their runs. */
export class BatchStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async headOf(id: BatchId): Promise<BatchHead | undefined> {
    const row = await this.#database.rows
      .selectFrom('batches')
      .select(['key_id', 'total', 'finished'])
      .where('id', '=', id)
      .executeTakeFirst()
    return row && { keyId: (row.key_id ?? undefined) as KeyId | undefined, total: row.total, finished: row.finished }
  }

  async find(id: BatchId): Promise<Batch | undefined> {
    // One look, so that a run that just ends is counted once.
    const found = await this.#database.transaction(transaction => findBatch(id, transaction), { durable: false })
    // Nothing is told that a power cut could undo.
    await this.#database.settled()
    return found
  }

  /** In order, those with a greater sequence. At most `limit`. */
  async ends(id: BatchId, page: { readonly after: number; readonly limit: number }): Promise<readonly BatchEnd[]> {
    const rows = await this.#database.rows
      .selectFrom('batch_ends')
      .selectAll()
      .where('batch_id', '=', id)
      .where('sequence', '>', page.after)
      .orderBy('sequence')
      .limit(page.limit)
      .execute()
    return rows.map(({ sequence, run_id, outcome, at }) => ({
      sequence,
      runId: run_id as RunId,
      outcome: JSON.parse(outcome),
      at: new Date(at),
    }))
  }
}

export async function insertBatch(batch: NewBatch, { rows }: StoreTransaction): Promise<void> {
  const { id, runIds, keyId, createdAt } = batch
  const counts = { total: runIds.length, finished: 0 }
  await rows
    .insertInto('batches')
    .values({
      id,
      key_id: keyId ?? null,
      run_ids: JSON.stringify(runIds),
      ...counts,
      created_at: createdAt.getTime(),
      finished_at: null,
    })
    .execute()
}

/** A batch is small enough for its runs to be counted. */
export async function findBatch(id: BatchId, { rows }: Rows): Promise<Batch | undefined> {
  // Nobody ends one of its runs between these looks.
  const row = await rows.selectFrom('batches').selectAll().where('id', '=', id).forShare().executeTakeFirst()
  if (row === undefined) return undefined
  const states = await rows
    .selectFrom('runs')
    .select(['state', count => count.fn.countAll<number>().as('count')])
    .where('batch_id', '=', id)
    .where('state', '!=', 'finished')
    .groupBy('state')
    .execute()
  const kinds = await rows
    .selectFrom('batch_ends')
    .select(['outcome_kind', count => count.fn.countAll<number>().as('count')])
    .where('batch_id', '=', id)
    .groupBy('outcome_kind')
    .execute()
  const outcomes = Object.fromEntries(kinds.map(({ outcome_kind, count }) => [outcome_kind, Number(count)]))
  const unfinished = Object.fromEntries(states.map(({ state, count }) => [state, Number(count)]))
  return {
    id,
    keyId: (row.key_id ?? undefined) as KeyId | undefined,
    runIds: JSON.parse(row.run_ids),
    counts: { queued: 0, preparing: 0, running: 0, ...unfinished, finished: row.finished },
    outcomes: outcomes as Partial<Record<OutcomeKind, number>>,
    createdAt: new Date(row.created_at),
    finishedAt: row.finished_at === null ? undefined : new Date(row.finished_at),
  }
}

/** Those that are to be ended when all are. */
export async function unfinishedRuns(id: BatchId, limit: number, { rows }: Rows): Promise<readonly RunId[]> {
  const found = await rows
    .selectFrom('runs')
    .select('id')
    .where('batch_id', '=', id)
    .where('state', '!=', 'finished')
    .where('cancel_requested', '=', 0)
    .orderBy('id')
    .limit(limit)
    // All of them before anything else of any: who ends one of them waits, or is waited for, here and nowhere else.
    .forUpdate()
    .execute()
  return found.map(row => row.id as RunId)
}
