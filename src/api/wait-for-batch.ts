import type { Batch, BatchId } from '../run/batch.ts'
import { Wake } from '../store/wake.ts'
import type { ApiParts } from './api-parts.ts'
import { pollMs } from './wait-for-run.ts'

/** The batch as soon as it is finished, or as it is after `waitMs` or when aborted. Undefined if there is none. */
export async function waitForBatch(
  parts: Pick<ApiParts, 'batches' | 'hints'>,
  id: BatchId,
  waitMs: number,
  signal: AbortSignal,
): Promise<Batch | undefined> {
  const deadline = performance.now() + waitMs
  using wake = new Wake(parts.hints, `batch:${id}`)
  for (;;) {
    const head = await parts.batches.headOf(id)
    const leftMs = deadline - performance.now()
    if (head === undefined || head.finished === head.total || leftMs <= 0 || signal.aborted) {
      return await parts.batches.find(id)
    }
    await wake.next(Math.min(pollMs, leftMs), signal)
  }
}
