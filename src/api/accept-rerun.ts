import { newRunId } from '../run/id.ts'
import { Problem } from '../run/problem.ts'
import type { Run } from '../run/run.ts'
import type { NewRun } from '../store/run-store.ts'
import { refuseCommands } from './accept-commands.ts'
import { refuseLimitsAbove } from './accept-limits.ts'
import { acceptPool } from './accept-route.ts'
import { labelsFaults, refuseNetwork } from './accept-run.ts'
import type { Allowance } from './allowance.ts'
import type { EnvironmentCatalogue } from './api-parts.ts'
import { refuseIfAny } from './refuse.ts'
import type { RerunChanges } from './schema/submission.ts'

/** `ran`: what the caller may use of that which ran once. */
interface RerunAllowance extends Allowance {
  readonly ran: Pick<EnvironmentCatalogue, 'pinned'>
}

/**
 * The run again, on the image that it ran on; a run that never had one pins nothing. What an operator allows may have shrunk since:
 * throws the first problem of the environment, the limits, the network and the labels.
 */
export function acceptRerun(run: Run, changes: RerunChanges, parts: RerunAllowance, createdAt: Date): NewRun {
  const { request } = run
  const environment = run.environment ?? request.rerun?.environment
  // What ran need not be offered any more; the caller must be allowed to use it all the same.
  const [candidate] = environment ? parts.ran.pinned(environment) : parts.catalogue.resolve(request.environment)
  if (candidate === undefined) throw new Problem('unknown-environment', 'The environment of the run is gone.')
  const family = parts.catalogue.find(candidate.name)
  if (family !== undefined) refuseCommands(request.commands, family)
  refuseLimitsAbove(request, parts.settings.ceilings)
  refuseNetwork(request.network, parts.settings)
  refuseIfAny('invalid-request', labelsFaults(changes.labels ?? {}))
  const pool = acceptPool(changes.pool ?? run.pool, parts)
  // One digest can stand for images of several architectures, and the same is only what runs on the same.
  const architecture = environment?.architecture ?? run.architecture
  return {
    id: newRunId(),
    request: { ...request, rerun: { of: run.id, ...(environment === undefined ? {} : { environment }) } },
    family: candidate.name,
    labels: changes.labels ?? run.labels,
    priority: changes.priority ?? run.priority,
    pool,
    ...(architecture && { architecture }),
    maxAttempts: run.maxAttempts,
    createdAt,
    owner: parts.owner,
  }
}
