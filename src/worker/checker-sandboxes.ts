import type { Environment } from '../environment/environment.ts'
import type { Platform, ResolvedImage, Sandbox, StageExit } from '../platform/platform.ts'
import type { ImageProgress } from '../run/event.ts'
import type { RunFile } from '../run/file.ts'
import type { RunId } from '../run/id.ts'
import type { Limits } from '../run/limits.ts'
import type { CheckerProgram, TestPlan } from '../run/test-plan.ts'
import type { Judgement } from './judge-test.ts'
import { openPrepared } from './open-prepared.ts'
import { compileCommand, runCommand } from './run-recipe.ts'
import { compileLimits, sandboxLimits } from './sandbox-plan.ts'
import { type StagePlan, stageRequest } from './stage-request.ts'
import { incompleteTailBytes } from './utf8-tail.ts'

/** What a checker says of a test, and a compiler of a checker. */
const maxDetailBytes = 1024
/** As in testlib: what checkers exit with. A wrong presentation is a wrong answer. */
const exitCodes = { accepted: 0, wrongAnswer: 1, wrongPresentation: 2 } as const
/** Of files in memory: each takes whole pages, and folders some. */
const fileSlackBytes = 64 * 1024

export interface CheckerParts {
  readonly platform: Platform
  readonly resolve: (environment: string) => readonly Environment[]
  readonly plan: TestPlan
  readonly runId: RunId
  readonly attempt: number
  readonly deadline: Date
  readonly sandboxes: AsyncDisposableStack
  readonly onProgress: (progress: ImageProgress) => void
}

export interface CheckedFiles {
  readonly input: Uint8Array
  readonly output: Uint8Array
  readonly expected: Uint8Array
}

/**
 * The programs that check a run's tests, each in a sandbox of its own: opened and compiled for the first test that needs it, and made
 * clean for each one. So no checker sees anything of a test but its files, and no program anything of a checker.
 */
export class CheckerSandboxes {
  readonly #parts: CheckerParts
  readonly #images: ResolvedImage[] = []
  readonly #open = new Map<number, Sandbox>()
  /** Why a checker is of no use. */
  readonly #failed = new Map<number, string>()
  #opened = 0

  constructor(parts: CheckerParts) {
    this.#parts = parts
  }

  /** Makes the images present: that can take long, so it comes before anything runs. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { platform, plan, resolve, onProgress } = this.#parts
    for (const [index, { environment }] of plan.checkers.entries()) {
      this.#images[index] = await platform.prepare(resolve(environment), onProgress, signal)
    }
  }

  async #prepareAgain(index: number, program: CheckerProgram, signal: AbortSignal): Promise<ResolvedImage> {
    const { platform, resolve, onProgress } = this.#parts
    const image = await platform.prepare(resolve(program.environment), onProgress, signal)
    this.#images[index] = image
    return image
  }

  async judge(index: number, files: CheckedFiles, signal: AbortSignal): Promise<Judgement> {
    const { plan } = this.#parts
    const program = plan.checkers[index]
    if (program === undefined) throw new RangeError(`there is no checker ${index}`)
    const limits = withRoom(program.limits, largestFiles(plan, index))
    const sandbox = this.#open.get(index) ?? (await this.#start(index, { program, limits }, signal))
    const image = this.#imageOf(index)
    const failure = this.#failed.get(index)
    if (failure !== undefined) return { verdict: 'checker-failed', detail: failure }
    if (sandbox === undefined) return { verdict: 'canceled' }
    await sandbox.restore(signal)
    await sandbox.write(filesOf(files), signal)
    const { exit, text } = await execute(sandbox, { image, program }, runPlan(image, program, limits), signal)
    if (exit.outcome.kind === 'canceled') return { verdict: 'canceled' }
    // Its container may have ended with it.
    if (exit.outcome.kind !== 'exited') await this.#close(index)
    return judgementOf(exit, text)
  }

  /** Undefined when it was canceled, or did not compile. */
  async #start(
    index: number,
    { program, limits }: { readonly program: CheckerProgram; readonly limits: Limits },
    signal: AbortSignal,
  ): Promise<Sandbox | undefined> {
    if (this.#failed.has(index)) return undefined
    const { platform, runId, attempt, deadline, sandboxes } = this.#parts
    const request = { limits, compileLimits: program.compileLimits }
    this.#opened += 1
    const part = `checker-${this.#opened}`
    let known: ResolvedImage | undefined = this.#imageOf(index)
    const prepare = async () => {
      const image = known ?? (await this.#prepareAgain(index, program, signal))
      known = undefined
      return image
    }
    const { image, sandbox } = await openPrepared(prepare, prepared => {
      const sandboxRequest = { runId, attempt, part, image: prepared, network: false, deadline }
      return platform.open({ ...sandboxRequest, limits: sandboxLimits(prepared.environment.recipe, request) }, signal)
    })
    sandboxes.use(sandbox)
    await sandbox.write(program.files, signal)
    const compile = compileCommand(image.environment.recipe, {})
    if (compile !== undefined) {
      const plan: StagePlan = {
        name: 'compile',
        command: compile,
        args: [],
        stdin: new Uint8Array(),
        limits: compileLimits(request),
      }
      const { exit, errors } = await execute(sandbox, { image, program }, plan, signal)
      if (exit.outcome.kind === 'canceled') return undefined
      if (exit.outcome.kind !== 'exited' || exit.outcome.code !== 0) {
        this.#failed.set(index, `the checker did not compile${errors === '' ? '' : `: ${errors}`}`)
        return undefined
      }
    }
    await sandbox.snapshot(signal)
    this.#open.set(index, sandbox)
    return sandbox
  }

  #imageOf(index: number): ResolvedImage {
    const image = this.#images[index]
    if (image === undefined) throw new RangeError(`the image of checker ${index} was not prepared`)
    return image
  }

  async #close(index: number): Promise<void> {
    await this.#open.get(index)?.[Symbol.asyncDispose]()
    this.#open.delete(index)
  }
}

function runPlan(image: ResolvedImage, program: CheckerProgram, limits: Limits): StagePlan {
  return {
    name: 'run',
    command: runCommand(image.environment.recipe, {}),
    args: [...program.args, 'input', 'output', 'expected'],
    stdin: new Uint8Array(),
    limits,
  }
}

/** The files that it checks are ours: neither its disk nor its memory pays for them. */
function withRoom(limits: Limits, bytes: number): Limits {
  return { ...limits, diskBytes: limits.diskBytes + bytes, memoryBytes: limits.memoryBytes + bytes }
}

/** The most that the files of one test take. The sandbox serves all of them, and has one size. */
function largestFiles({ tests }: TestPlan, index: number): number {
  const sizes = tests
    .filter(({ checker }) => checker.kind === 'program' && checker.program === index)
    .map(({ stdin, expected, limits }) => {
      const expectedBytes = expected === undefined ? 0 : Buffer.byteLength(expected.content, expected.encoding)
      return Buffer.byteLength(stdin.content, stdin.encoding) + expectedBytes + limits.outputBytes + fileSlackBytes
    })
  return Math.max(0, ...sizes)
}

function filesOf(files: CheckedFiles): readonly RunFile[] {
  return Object.entries(files).map(([path, bytes]) => ({
    path,
    content: Buffer.from(bytes).toString('base64'),
    encoding: 'base64',
  }))
}

async function execute(
  sandbox: Sandbox,
  { image, program }: { readonly image: ResolvedImage; readonly program: CheckerProgram },
  plan: StagePlan,
  signal: AbortSignal,
): Promise<{ readonly exit: StageExit; readonly text: string; readonly errors: string }> {
  const said = { stdout: new Detail(), stderr: new Detail() }
  const output = { write: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => said[stream].add(chunk) }
  const exit = await sandbox.exec(stageRequest(image, { ...program, env: {} }, plan), output, signal)
  return { exit, text: said.stdout.text(), errors: said.stderr.text() }
}

/** The beginning of what a program writes, as text. */
class Detail {
  #bytes: Uint8Array = new Uint8Array()

  add(chunk: Uint8Array): void {
    const room = maxDetailBytes - this.#bytes.length
    if (room > 0) this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, room)])
  }

  text(): string {
    const whole = this.#bytes.subarray(0, this.#bytes.length - incompleteTailBytes(this.#bytes))
    return new TextDecoder().decode(whole).trim()
  }
}

function judgementOf({ outcome }: StageExit, text: string): Judgement {
  const detail = text === '' ? {} : { detail: text }
  if (outcome.kind !== 'exited') return { verdict: 'checker-failed', detail: `the checker ended as ${outcome.kind}` }
  switch (outcome.code) {
    case exitCodes.accepted:
      return { verdict: 'accepted', ...detail }
    case exitCodes.wrongAnswer:
    case exitCodes.wrongPresentation:
      return { verdict: 'wrong-answer', ...detail }
    default:
      return { verdict: 'checker-failed', detail: `the checker exited with ${outcome.code}${text && `: ${text}`}` }
  }
}
