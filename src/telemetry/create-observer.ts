import type { Logger } from 'pino'
import type { Run, StageResult } from '../run/run.ts'
import type { RunTimings } from './observation.ts'
import type { Observer } from './observer.ts'
import { traceIdOf } from './trace-context.ts'

/** Tells the log: one wide line for each finished run. Sizes of output are told, its bytes never. */
export function createObserver(log: Logger): Observer {
  return {
    log,
    tell(observation) {
      if (observation.type !== 'run-finished') return
      try {
        log.info(runFields(observation.run, observation.timings), 'run finished')
      } catch {
        // The core must not fail because nobody can listen.
      }
    },
    trace: () => undefined,
  }
}

function runFields(run: Run, timings: RunTimings): Record<string, unknown> {
  return {
    run: run.id,
    environment: run.environment?.name ?? run.request.environment,
    version: run.environment?.version,
    digest: run.environment?.digest,
    outcome: run.outcome?.kind,
    ...outcomeFields(run),
    attempt: run.attempt,
    worker: run.workerId,
    ...(run.request.trace && { trace: traceIdOf(run.request.trace) }),
    files: run.request.files.length,
    ...roundTimings(timings),
    totalMs: run.finishedAt && run.finishedAt.getTime() - run.createdAt.getTime(),
    ...Object.assign({}, ...run.stages.map(stageFields)),
  }
}

/** A tenth of a millisecond is more than the clocks are good for. */
function roundTimings(timings: RunTimings): Record<string, number | boolean> {
  const known = Object.entries(timings).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    known.map(([name, value]) => [name, typeof value === 'number' ? Math.round(value * 10) / 10 : value]),
  )
}

function outcomeFields({ outcome }: Run): Record<string, unknown> {
  switch (outcome?.kind) {
    case 'exited':
      return { exitCode: outcome.code }
    case 'signaled':
      return { signal: outcome.signal }
    case 'timed-out':
      return { clock: outcome.clock }
    case 'failed':
      return { failure: outcome.code, detail: outcome.detail }
    default:
      return {}
  }
}

/** Flat, with the stage's name in front: one run has at most one stage of each name. */
function stageFields({ name, outcome, usage, limitsHit, stdout, stderr }: StageResult): Record<string, unknown> {
  return {
    [`${name}Outcome`]: outcome.kind,
    [`${name}WallTimeMs`]: usage.wallTimeMs,
    [`${name}CpuTimeMs`]: usage.cpuTimeMs,
    [`${name}MemoryPeakBytes`]: usage.memoryPeakBytes,
    [`${name}StdoutBytes`]: stdout.bytes,
    [`${name}StderrBytes`]: stderr.bytes,
    ...((stdout.truncated || stderr.truncated) && { [`${name}Truncated`]: true }),
    ...(limitsHit.length > 0 && { [`${name}LimitsHit`]: limitsHit }),
  }
}
