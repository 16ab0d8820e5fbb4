import type { StageExit } from '../platform/platform.ts'
import { outputDifference } from '../run/compare-output.ts'
import { decodeBytes } from '../run/file.ts'
import type { RunTest } from '../run/test-plan.ts'
import { type TestResult, verdictOfOutcome } from '../run/verdict.ts'
import type { CheckerSandboxes } from './checker-sandboxes.ts'

export type Judgement = Pick<TestResult, 'verdict' | 'detail'>

/** What becomes of a test that ended so and wrote this. */
export async function judgeTest(
  {
    test,
    exit,
    stdout,
    checkers,
  }: {
    readonly test: RunTest
    readonly exit: StageExit
    readonly stdout: Uint8Array
    readonly checkers: CheckerSandboxes
  },
  signal: AbortSignal,
): Promise<Judgement> {
  const verdict = verdictOfOutcome(exit.outcome)
  if (verdict !== undefined) return { verdict }
  const { checker, expected } = test
  if (checker.kind !== 'program' && expected === undefined) return { verdict: 'accepted' }
  // What is missing could be anything, so no comparison and no program can say that it is right.
  if (exit.stdoutTruncated)
    return { verdict: 'wrong-answer', detail: `stdout was cut off after ${stdout.length} bytes` }
  const expectedBytes = expected === undefined ? new Uint8Array() : decodeBytes(expected)
  if (checker.kind === 'program') {
    const files = { input: decodeBytes(test.stdin), output: stdout, expected: expectedBytes }
    return await checkers.judge(checker.program, files, signal)
  }
  const detail = outputDifference(checker, stdout, expectedBytes)
  return detail === undefined ? { verdict: 'accepted' } : { verdict: 'wrong-answer', detail }
}
