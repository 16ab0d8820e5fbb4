import type { Encoding, Limits, RunFile } from './types.ts'

/** What a program is tried with. Without `expected`, and without a program that checks, it is right when it exits with 0. */
export interface TestSubmission {
  /** Of its own among the tests. Default: the test's number, from 1. */
  name?: string
  /** Default: the run's. */
  stdin?: string | { content: string; encoding: Encoding }
  /** Default: the run's. */
  args?: string[]
  /** Beside the run's, for this test alone. */
  files?: RunFile[]
  expected?: string | { content: string; encoding: Encoding }
  checker?: Checker
  limits?: Partial<Omit<Limits, 'diskBytes'>>
}

/** How an output is compared with what was expected, or a program that says whether it is right. */
export type Checker =
  | 'exact'
  | 'trimmed'
  | 'tokens'
  | 'numbers'
  | { kind: 'numbers'; absoluteTolerance?: number; relativeTolerance?: number }
  | {
      environment: string
      source?: string
      files?: RunFile[]
      main?: string
      args?: string[]
      limits?: Partial<Limits>
      compile?: { limits?: Partial<Omit<Limits, 'diskBytes'>> }
    }

export type Verdict =
  | 'accepted'
  | 'wrong-answer'
  | 'runtime-error'
  | 'timed-out'
  | 'out-of-memory'
  | 'checker-failed'
  | 'canceled'
  | 'skipped'

export interface TestResult {
  /** Its place among the tests, from 0. */
  index: number
  name: string
  verdict: Verdict
  /** Where the output differs, or what the checker said. */
  detail?: string
}

export interface TestSummary {
  total: number
  /** Tests that were run. */
  executed: number
  /** Those that there are none of are absent. */
  verdicts: Partial<Record<Verdict, number>>
}
