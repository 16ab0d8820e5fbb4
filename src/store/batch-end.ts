import type { RunId } from '../run/id.ts'
import type { RunOutcome } from '../run/outcome.ts'
import type { StoreTransaction } from './database.ts'

/** Tells a batch that one of its runs ended. The count of ends is the number of this one. */
export async function recordBatchEnd(
  run: { readonly id: RunId; readonly batchId: string },
  outcome: RunOutcome,
  at: Date,
  transaction: StoreTransaction,
): Promise<void> {
  const { rows } = transaction
  const batch = await rows
    .updateTable('batches')
    .set(row => ({ finished: row('finished', '+', 1) }))
    .where('id', '=', run.batchId)
    .returning(['finished', 'total'])
    .executeTakeFirstOrThrow()
  await rows
    .insertInto('batch_ends')
    .values({
      batch_id: run.batchId,
      sequence: batch.finished,
      run_id: run.id,
      outcome_kind: outcome.kind,
      outcome: JSON.stringify(outcome),
      at: at.getTime(),
    })
    .execute()
  if (batch.finished === batch.total) {
    await rows.updateTable('batches').set({ finished_at: at.getTime() }).where('id', '=', run.batchId).execute()
  }
  transaction.hint(`batch:${run.batchId}`)
}

/** Before anything of the queue is locked: whoever ends one of its runs takes them in this order. */
export async function lockBatch(id: string | undefined, { rows }: StoreTransaction): Promise<void> {
  if (id === undefined) return
  await rows.selectFrom('batches').select('id').where('id', '=', id).forNoKeyUpdate().execute()
}

/** A batch whose runs are all deleted is of no use to anybody. */
export async function deleteEmptyBatch(id: string, transaction: StoreTransaction): Promise<void> {
  const { rows } = transaction
  // Of two that delete its last two runs at once, the second sees what the first did.
  await rows.selectFrom('batches').select('id').where('id', '=', id).forUpdate().execute()
  const left = await rows.selectFrom('runs').select('id').where('batch_id', '=', id).limit(1).executeTakeFirst()
  if (left !== undefined) return
  await rows.deleteFrom('batches').where('id', '=', id).execute()
  transaction.hint(`batch:${id}`)
}
