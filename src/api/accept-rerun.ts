import { newRunId } from '../run/id.ts'
import type { Run } from '../run/run.ts'
import type { NewRun } from '../store/run-store.ts'
import { refuseLimitsAbove } from './accept-limits.ts'
import { familyOf, labelsFaults, refuseNetwork } from './accept-run.ts'
import type { Allowance } from './allowance.ts'
import { refuseIfAny } from './refuse.ts'
import type { RerunChanges } from './schema/submission.ts'

/**
 * The run again, on the image that it ran on; a run that never had one pins nothing. What an operator allows may have shrunk since:
 * throws the first problem of the environment, the limits, the network and the labels.
 */
export function acceptRerun(run: Run, changes: RerunChanges, parts: Allowance, createdAt: Date): NewRun {
  const { request } = run
  const environment = run.environment ?? request.rerun?.environment
  // By its name alone: the version need not be offered any more.
  const family = familyOf(environment?.name ?? request.environment, parts)
  refuseLimitsAbove(request, parts.settings.ceilings)
  refuseNetwork(request.network, parts.settings)
  refuseIfAny('invalid-request', labelsFaults(changes.labels ?? {}))
  return {
    id: newRunId(),
    request: { ...request, rerun: { of: run.id, ...(environment === undefined ? {} : { environment }) } },
    family: family.name,
    labels: changes.labels ?? run.labels,
    priority: changes.priority ?? run.priority,
    maxAttempts: run.maxAttempts,
    createdAt,
    owner: parts.owner,
  }
}
