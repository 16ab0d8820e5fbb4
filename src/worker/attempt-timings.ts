import type { Lease } from '../queue/lifecycle.ts'
import type { RunTimings } from '../telemetry/observation.ts'
import type { AttemptProgress } from './run-attempt.ts'

/** How long each phase of an attempt took, as far as it came. `endMs`: of its last stage. */
export function attemptTimings(
  { run }: Pick<Lease, 'run'>,
  { progress, startedAt }: { readonly progress: AttemptProgress; readonly startedAt: number },
  endMs: number,
): RunTimings {
  const { prepared, opened } = progress.at
  const { createdAt, startedAt: begunAt = createdAt } = run
  return {
    queuedMs: begunAt.getTime() - createdAt.getTime(),
    ...(prepared === undefined ? {} : { prepareMs: prepared - startedAt }),
    ...(prepared === undefined || opened === undefined ? {} : { openMs: opened - prepared }),
    ...(opened === undefined ? {} : { stagesMs: endMs - opened }),
    ...(progress.warm === undefined ? {} : { warm: progress.warm }),
    ...(progress.prebooted === undefined ? {} : { prebooted: progress.prebooted }),
  }
}
