import { deleteEmptyBatch } from './batch-end.ts'
import type { StoreTransaction } from './database.ts'
import type { CurrentRun } from './run-change.ts'
import { countRun } from './run-counts.ts'

/** The run with its request, labels, output and all other events. */
export async function deleteRun(run: CurrentRun, transaction: StoreTransaction): Promise<void> {
  // The other tables' rows go with it.
  await transaction.rows.deleteFrom('runs').where('id', '=', run.id).execute()
  if (run.batchId !== undefined) await deleteEmptyBatch(run.batchId, transaction)
  await countRun(run.id, { from: run.state }, transaction)
  transaction.hint(`run:${run.id}`)
}
