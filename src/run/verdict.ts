import type { StageOutcome } from './outcome.ts'

/**
 * What became of a test. `runtime-error`: it exited with another code than 0, or a signal killed it. `checker-failed`: its output could
 * not be judged, which is not its fault. `skipped`: it was not run, because one before it was not accepted.
 */
export const verdicts = [
  'accepted',
  'wrong-answer',
  'runtime-error',
  'timed-out',
  'out-of-memory',
  'checker-failed',
  'canceled',
  'skipped',
] as const
export type Verdict = (typeof verdicts)[number]

/** What a stage says of the test that it was. */
export interface TestResult {
  /** Its place among the run's tests, from 0. */
  readonly index: number
  readonly name: string
  readonly verdict: Verdict
  /** One line or a few for people: where the output differs, or what the checker said. */
  readonly detail?: string
}

export interface TestSummary {
  readonly total: number
  /** Tests that were run, to whatever end. */
  readonly executed: number
  /** Tests by verdict; those that there are none of are absent. Together they are the total, unless the run ended early. */
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>
}

/** The verdict of an outcome alone; undefined when the program ended well, so that its output counts. */
export function verdictOfOutcome(outcome: StageOutcome): Verdict | undefined {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code === 0 ? undefined : 'runtime-error'
    case 'signaled':
      return 'runtime-error'
    case 'timed-out':
    case 'out-of-memory':
    case 'canceled':
      return outcome.kind
  }
}

/** A run's verdict: that of the first test that was not accepted. */
export function overallVerdict(results: readonly TestResult[]): Verdict {
  return results.find(({ verdict }) => verdict !== 'accepted')?.verdict ?? 'accepted'
}

/** `skips`: what was not run was skipped on purpose, and not because the run came to an early end. */
export function summarize(total: number, results: readonly TestResult[], skips: boolean): TestSummary {
  const counts: Partial<Record<Verdict, number>> = {}
  for (const { verdict } of results) counts[verdict] = (counts[verdict] ?? 0) + 1
  const skipped = total - results.length
  if (skips && skipped > 0) counts.skipped = skipped
  return { total, executed: results.length, verdicts: counts }
}
