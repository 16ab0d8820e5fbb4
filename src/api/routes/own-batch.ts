import { Type } from 'typebox'
import { type BatchId, isBatchId } from '../../run/batch.ts'
import { Problem } from '../../run/problem.ts'
import type { BatchHead } from '../../store/batch-store.ts'
import type { RouteContext } from '../api-parts.ts'
import { type Caller, maySee } from '../caller.ts'

export const BatchParamsSchema = Type.Object({ id: Type.String({ description: 'The id of the batch.' }) })

export interface BatchParams {
  readonly id: string
}

/** As `ownRun`: the one place that decides who may see a batch. Throws `batch-not-found`. */
export async function ownBatch(
  context: Pick<RouteContext, 'batches'>,
  request: { readonly params: BatchParams; readonly caller: Caller },
): Promise<BatchHead & { readonly id: BatchId }> {
  const { id } = request.params
  const head = isBatchId(id) ? await context.batches.headOf(id) : undefined
  if (head === undefined || !maySee(request.caller, head.keyId)) {
    throw batchNotFound(id)
  }
  return { ...head, id: id as BatchId }
}

export function batchNotFound(id: string): Problem {
  return new Problem('batch-not-found', `There is no batch ${JSON.stringify(id.slice(0, 60))}.`)
}
