import { Type } from 'typebox'
import { isRunId, type RunId } from '../../run/id.ts'
import { Problem } from '../../run/problem.ts'

export const RunParamsSchema = Type.Object({ id: Type.String({ description: 'The id of the run.' }) })

export interface RunParams {
  readonly id: string
}

/** An id that cannot be one is as unknown as one that is not there. */
export function runIdOf(params: RunParams): RunId {
  if (!isRunId(params.id)) {
    throw runNotFound(params.id)
  }
  return params.id
}

export function runNotFound(id: string): Problem {
  return new Problem('run-not-found', `There is no run ${JSON.stringify(id.slice(0, 60))}.`)
}
