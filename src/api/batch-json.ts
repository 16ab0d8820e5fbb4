import { type Batch, batchState } from '../run/batch.ts'
import type { BatchJson } from './schema/batch.ts'

export function batchJson(batch: Batch): BatchJson {
  return {
    id: batch.id,
    state: batchState(batch),
    runIds: [...batch.runIds],
    counts: { ...batch.counts },
    outcomes: { ...batch.outcomes },
    keyId: batch.keyId,
    createdAt: batch.createdAt.toISOString(),
    finishedAt: batch.finishedAt?.toISOString(),
  }
}
