import type { Batch, BatchId } from '../run/batch.ts'
import type { ApiParts } from './api-parts.ts'
import { waitUntil } from './wait-until.ts'

/** The batch as soon as it is finished, or as it is after `waitMs` or when aborted. Undefined if there is none. */
export async function waitForBatch(
  parts: Pick<ApiParts, 'batches' | 'hints'>,
  id: BatchId,
  waitMs: number,
  signal: AbortSignal,
): Promise<Batch | undefined> {
  await waitUntil(parts.hints, { topic: `batch:${id}`, waitMs, signal }, async () => {
    const head = await parts.batches.headOf(id)
    return head === undefined || head.finished === head.total
  })
  return await parts.batches.find(id)
}
