import type { Sandbox, StageExit } from '../platform/platform.ts'
import { PlatformError } from '../platform/platform-error.ts'
import { decodeBytes } from '../run/file.ts'
import type { RunOutcome, StageOutcome } from '../run/outcome.ts'
import type { StageResult } from '../run/run.ts'
import type { RunTest, TestPlan } from '../run/test-plan.ts'
import { overallVerdict, type TestResult } from '../run/verdict.ts'
import type { CheckerSandboxes } from './checker-sandboxes.ts'
import { judgeTest } from './judge-test.ts'
import type { OutputRecorder } from './output-recorder.ts'
import { openProgramAgain, type ProgramParts } from './program-sandbox.ts'
import { runCommand } from './run-recipe.ts'
import { stageRequest, stageResult } from './stage-request.ts'
import { TestOutput } from './test-output.ts'

/** All tests of a run together: what comes after is judged, but not kept. */
const maxKeptBytes = 32 * 1024 * 1024
/** A program can end its container with it, if it means to. It gets a new one so often, compiled again. */
const maxReopenings = 3

export interface TestsParts extends ProgramParts {
  readonly plan: TestPlan
  /** Compiled, and as the tests are to find it. */
  readonly sandbox: Sandbox
  readonly checkers: CheckerSandboxes
  readonly recorder: OutputRecorder
  /** Told of each test that ended. */
  readonly onTest: (stage: StageResult) => void
}

/** The run's tests, one after another, each in a clean sandbox. */
export async function runTests(parts: TestsParts, signal: AbortSignal): Promise<RunOutcome> {
  const { plan } = parts
  const program = new CleanProgram(parts)
  const results: TestResult[] = []
  let keptBytes = 0
  for (const [index, test] of plan.tests.entries()) {
    signal.throwIfAborted()
    const sandbox = await program.sandboxFor(test, signal)
    const output = new TestOutput(parts.recorder, maxKeptBytes - keptBytes)
    const { stage, result } = await runTest({ ...parts, sandbox }, { test, index, output }, signal)
    keptBytes += output.keptBytes
    parts.onTest(stage)
    results.push(result)
    if (result.verdict === 'canceled') return { kind: 'canceled' }
    program.ended(stage.outcome)
    if (plan.stopOnFailure && result.verdict !== 'accepted') break
  }
  return { kind: 'tested', verdict: overallVerdict(results) }
}

async function runTest(
  parts: TestsParts,
  { test, index, output }: { readonly test: RunTest; readonly index: number; readonly output: TestOutput },
  signal: AbortSignal,
): Promise<{ readonly stage: StageResult; readonly result: TestResult }> {
  const { image, request, recorder } = parts
  recorder.beginStage('test', index)
  const exit: StageExit = await parts.sandbox.exec(
    stageRequest(image, request, {
      name: 'test',
      command: runCommand(image.environment.recipe, request),
      args: test.args,
      stdin: decodeBytes(test.stdin),
      limits: test.limits,
    }),
    output,
    signal,
  )
  const judged = await judgeTest({ test, exit, stdout: output.stdout, checkers: parts.checkers }, signal)
  const result: TestResult = { index, name: test.name, ...judged }
  const stage = { ...stageResult('test', exit, output.summary()), test: result }
  recorder.add({ type: 'stage', stage })
  return { stage, result }
}

/** The program's sandbox, clean for each test; another one where a test ended the container. */
class CleanProgram {
  readonly #parts: TestsParts
  #sandbox: Sandbox
  #hasSnapshot = false
  #lastOutcome: StageOutcome | undefined
  #reopenings = 0

  constructor(parts: TestsParts) {
    this.#parts = parts
    this.#sandbox = parts.sandbox
  }

  async sandboxFor(test: RunTest, signal: AbortSignal): Promise<Sandbox> {
    try {
      if (!this.#hasSnapshot) await this.#sandbox.snapshot(signal)
      this.#hasSnapshot = true
      await this.#sandbox.restore(signal)
    } catch (error) {
      if (!this.#mayReopen(error)) throw error
      this.#reopenings += 1
      await this.#sandbox[Symbol.asyncDispose]()
      this.#sandbox = await openProgramAgain(this.#parts, signal, `again-${this.#reopenings}`)
      await this.#sandbox.restore(signal)
    }
    if (test.files.length > 0) await this.#sandbox.write(test.files, signal)
    return this.#sandbox
  }

  ended(outcome: StageOutcome): void {
    this.#lastOutcome = outcome
  }

  /** Only where it is the program's doing: a memory or time limit that took the whole container. */
  #mayReopen(error: unknown): boolean {
    const kind = this.#lastOutcome?.kind
    const byProgram = kind === 'out-of-memory' || kind === 'timed-out'
    const isLost = error instanceof PlatformError && error.code === 'sandbox-lost'
    return byProgram && isLost && this.#reopenings < maxReopenings
  }
}
