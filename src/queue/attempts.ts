import type { RunOutcome } from '../run/outcome.ts'
import type { CurrentRun } from '../store/run-change.ts'
import type { RunResult } from '../store/run-store.ts'

export const canceled = { outcome: { kind: 'canceled' }, stages: [] } as const satisfies RunResult

/** Somebody has begun an attempt that has not ended. */
export function isAttempted(current: CurrentRun): boolean {
  return current.state === 'preparing' || current.state === 'running'
}

/** Why a run that was claimed must not be tried, if so. */
export function endingBeforeAttempt(current: CurrentRun): RunResult | undefined {
  if (current.state === 'finished') return undefined
  if (current.cancelRequested) return canceled
  if (current.attempt - current.unspentAttempts < current.maxAttempts) return undefined
  return { outcome: attemptsExhausted(current.maxAttempts), stages: [] }
}

function attemptsExhausted(maxAttempts: number): RunOutcome {
  const times = maxAttempts === 1 ? 'once' : `${maxAttempts} times`
  const detail = `The run was tried ${times}, and its worker was lost or gave up before the end.`
  return { kind: 'failed', code: 'attempts-exhausted', detail }
}
