import type { Platform, ResolvedImage, Sandbox } from '../platform/platform.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { RunId } from '../run/id.ts'
import type { RunRequest, StageResult } from '../run/run.ts'
import type { OutputRecorder } from './output-recorder.ts'
import { plainPreboot } from './plain-stage.ts'
import { compileCommand } from './run-recipe.ts'
import { compileLimits, sandboxDeadline, sandboxLimits } from './sandbox-plan.ts'
import { type StagePlan, stageRequest, stageResult } from './stage-request.ts'

export interface ProgramParts {
  readonly platform: Platform
  readonly image: ResolvedImage
  readonly request: RunRequest
  readonly runId: RunId
  readonly attempt: number
  /** Nothing of the program may be executed twice. */
  readonly onlyOnce: boolean
  /** Takes what is to be disposed. */
  readonly sandboxes: AsyncDisposableStack
}

/** A sandbox with the run's files in it. `part` is for a further one of the same attempt. */
export async function openProgram(parts: ProgramParts, signal: AbortSignal, part?: string): Promise<Sandbox> {
  const { image, request } = parts
  const sandbox = await parts.platform.open(
    {
      runId: parts.runId,
      attempt: parts.attempt,
      ...(part !== undefined && { part }),
      image,
      limits: sandboxLimits(image.environment.recipe, request),
      network: request.network,
      // What was typed into the first sandbox would be missing in the next.
      ...((parts.onlyOnce || request.interaction !== undefined) && { onlyOnce: true }),
      deadline: sandboxDeadline(request),
      // A process that is up already would see the sandbox made clean under it, and be there for one test only.
      // Nor is a command of the client's own what was started.
      ...(request.tests === undefined &&
        request.commands === undefined && { preboot: plainPreboot(image, request.limits) }),
    },
    signal,
  )
  parts.sandboxes.use(sandbox)
  await sandbox.write(request.files, signal)
  return sandbox
}

/** The compile stage; undefined where there is none. */
export function compilePlan({ image, request }: Pick<ProgramParts, 'image' | 'request'>): StagePlan | undefined {
  const command = compileCommand(image.environment.recipe, request)
  if (command === undefined) return undefined
  return {
    name: 'compile',
    command,
    args: [],
    stdin: new Uint8Array(),
    limits: compileLimits(request),
  }
}

/** One stage of the program whose output is recorded. */
export async function recordStage(
  parts: Pick<ProgramParts, 'image' | 'request'> & { readonly sandbox: Sandbox; readonly recorder: OutputRecorder },
  stage: StagePlan,
  signal: AbortSignal,
): Promise<StageResult> {
  const { image, request, recorder } = parts
  const bytes = { stdout: 0, stderr: 0 }
  recorder.beginStage(stage.name)
  const output = {
    write(stream: 'stdout' | 'stderr', chunk: Uint8Array) {
      bytes[stream] += chunk.length
      recorder.write(stream, chunk)
    },
  }
  const exit = await parts.sandbox.exec(stageRequest(image, request, stage), output, signal)
  const result = stageResult(stage.name, exit, {
    stdout: { kept: bytes.stdout, dropped: false },
    stderr: { kept: bytes.stderr, dropped: false },
  })
  recorder.add({ type: 'stage', stage: result })
  return result
}

/** The same program once more, compiled again but not recorded again, ready for a test. */
export async function openProgramAgain(parts: ProgramParts, signal: AbortSignal, part: string): Promise<Sandbox> {
  const sandbox = await openProgram(parts, signal, part)
  const compile = compilePlan(parts)
  if (compile !== undefined) {
    const exit = await sandbox.exec(stageRequest(parts.image, parts.request, compile), { write: () => {} }, signal)
    signal.throwIfAborted()
    if (exit.outcome.kind !== 'exited' || exit.outcome.code !== 0) {
      throw new PlatformError('sandbox-lost', 'What compiled once did not compile again')
    }
  }
  await sandbox.snapshot(signal)
  return sandbox
}
