import type { EncodedBytes, RunFile } from './file.ts'
import type { Limits } from './limits.ts'

/** How a test's output is compared with what was expected. `compare-output.ts` says what each means. */
export type Comparison =
  | { readonly kind: 'exact' }
  | { readonly kind: 'trimmed' }
  | { readonly kind: 'tokens' }
  | { readonly kind: 'numbers'; readonly absoluteTolerance: number; readonly relativeTolerance: number }

/** Who says whether a test's output is right. `program` is an index into the plan's checkers. */
export type TestChecker = Comparison | { readonly kind: 'program'; readonly program: number }

/** One test of a run, with every default filled in. */
export interface RunTest {
  /** Of its own among the run's tests. */
  readonly name: string
  readonly stdin: EncodedBytes
  readonly args: readonly string[]
  /** Beside those of the run, for this test alone. */
  readonly files: readonly RunFile[]
  /** Without it, and without a program that checks, a test is right when the program exits with 0. */
  readonly expected?: EncodedBytes
  readonly checker: TestChecker
  /** `diskBytes` is the run's. */
  readonly limits: Limits
}

/**
 * A program that says whether an output is right, in a sandbox of its own. It finds the files `input`, `output` and `expected` in its
 * working folder, and their names as its last arguments.
 */
export interface CheckerProgram {
  readonly environment: string
  readonly files: readonly RunFile[]
  readonly main: string
  readonly args: readonly string[]
  readonly limits: Limits
  readonly compileLimits: Limits
}

/** What a run is to be tried with: compiled once, each test in a clean sandbox. At least one test. */
export interface TestPlan {
  readonly tests: readonly RunTest[]
  readonly checkers: readonly CheckerProgram[]
  /** Tests after the first that is not accepted are skipped. */
  readonly stopOnFailure: boolean
}
