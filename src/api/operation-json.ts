import type { Operation } from '../run/operation.ts'
import type { OperationJson } from './schema/operation.ts'

export function operationJson(operation: Operation): OperationJson {
  return {
    id: operation.id,
    kind: operation.kind,
    environment: operation.environment,
    state: operation.state,
    outcome: operation.outcome,
    keyId: operation.keyId,
    createdAt: operation.createdAt.toISOString(),
    startedAt: operation.startedAt?.toISOString(),
    finishedAt: operation.finishedAt?.toISOString(),
  }
}
