import type { BatchEnd, BatchId } from '../run/batch.ts'
import { Wake } from '../store/wake.ts'
import type { ApiParts } from './api-parts.ts'
import { batchJson } from './batch-json.ts'
import { serverSentEvent } from './event-json.ts'
import { heartbeatMs } from './event-stream.ts'
import type { BatchEventJson } from './schema/batch.ts'
import { pollMs } from './wait-until.ts'

/** Bounds what one follower holds in memory. */
const endsPerPage = 100

/**
 * The ends of a batch's runs after a sequence number, as server-sent events, and the batch's own as the last, whose number is one more
 * than there are runs. Ends after that, when the batch is gone, or when aborted.
 */
export async function* batchStream(
  parts: Pick<ApiParts, 'batches' | 'hints'>,
  id: BatchId,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  using wake = new Wake(parts.hints, `batch:${id}`)
  yield 'retry: 1000\n\n'
  let sequence = after
  let lastWriteMs = performance.now()
  while (!signal.aborted) {
    const page = await parts.batches.ends(id, { after: sequence, limit: endsPerPage })
    for (const end of page) {
      yield serverSentEvent(endJson(end))
      if (signal.aborted) return
      sequence = end.sequence
    }
    if (page.length > 0) {
      lastWriteMs = performance.now()
      continue
    }
    const head = await parts.batches.headOf(id)
    if (head === undefined) return
    if (sequence >= head.total) {
      const batch = await parts.batches.find(id)
      if (batch?.finishedAt === undefined) return
      const [at, json] = [batch.finishedAt.toISOString(), batchJson(batch)]
      yield serverSentEvent({ sequence: head.total + 1, at, type: 'finished', batch: json })
      return
    }
    if (performance.now() - lastWriteMs >= heartbeatMs) {
      yield ': heartbeat\n\n'
      lastWriteMs = performance.now()
    }
    await wake.next(pollMs, signal)
  }
}

function endJson({ sequence, at, runId, outcome }: BatchEnd): BatchEventJson {
  return { sequence, at: at.toISOString(), type: 'run', runId, outcome }
}
