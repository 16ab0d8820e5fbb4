import type { Environment } from '../environment/environment.ts'
import type { Platform, ResolvedImage, Sandbox } from '../platform/platform.ts'
import type { Lease } from '../queue/lifecycle.ts'
import type { RunArtifacts } from '../run/artifact.ts'
import type { ImageProgress } from '../run/event.ts'
import { decodeBytes } from '../run/file.ts'
import type { RunOutcome } from '../run/outcome.ts'
import type { RunEnvironment, StageResult } from '../run/run.ts'
import type { RunInput } from '../run/terminal.ts'
import { CheckerSandboxes } from './checker-sandboxes.ts'
import { type ArtifactLimits, collectArtifacts } from './collect-artifacts.ts'
import { openPrepared } from './open-prepared.ts'
import type { OutputRecorder } from './output-recorder.ts'
import { compilePlan, openProgram, type ProgramParts, recordStage } from './program-sandbox.ts'
import { runCommand } from './run-recipe.ts'
import { runTests } from './run-tests.ts'
import { sandboxDeadline } from './sandbox-plan.ts'
import type { StagePlan } from './stage-request.ts'

export interface AttemptProgress {
  environment?: RunEnvironment
  readonly stages: StageResult[]
  /** Its sandbox was there before it. */
  warm?: boolean
  /** And its interpreter too. */
  prebooted?: boolean
  /** Something of the client's was executed: repeating it is a second execution. */
  executed: boolean
  /** Once the last stage has ended. */
  collected?: RunArtifacts
  readonly at: { prepared?: number; opened?: number }
}

export interface AttemptParts {
  readonly platform: Platform
  /** As the worker that runs it calls itself. */
  readonly architecture?: string
  readonly candidates: readonly Environment[]
  /** Of an environment that a checker asks for. */
  readonly resolve: (environment: string) => readonly Environment[]
  readonly lease: Lease
  readonly recorder: OutputRecorder
  readonly progress: AttemptProgress
  readonly sandboxes: AsyncDisposableStack
  /** The image is there. */
  readonly onImage: (image: ResolvedImage) => void
  readonly onRunning: (environment: RunEnvironment) => Promise<void>
  readonly artifactLimits: ArtifactLimits
  /** What is typed into the run, if it is one that can be talked to. */
  readonly input: (signal: AbortSignal) => AsyncIterable<RunInput>
  readonly signal: AbortSignal
}

/**
 * One attempt at one run on a platform, from the image to the last stage and what it left. Resolves with the outcome; rejects when the platform
 * fails, or when stopped before a stage. `progress` tells how far it got, whichever way it ends. The caller disposes `sandboxes`, after
 * the result is safe.
 */
export async function runAttempt(parts: AttemptParts): Promise<RunOutcome> {
  const { platform, recorder, progress, signal } = parts
  const { run, attempt } = parts.lease
  const onlyOnce = run.maxAttempts === 1
  const program = { platform, request: run.request, runId: run.id, attempt, onlyOnce, sandboxes: parts.sandboxes }
  const onProgress = (step: ImageProgress) => recorder.add({ type: 'progress', progress: step })
  let checkers: CheckerSandboxes | undefined
  const { image, sandbox } = await openPrepared(
    async () => {
      const prepared = await platform.prepare(parts.candidates, onProgress, signal)
      progress.at.prepared = performance.now()
      progress.environment = environmentOf(prepared, parts)
      parts.onImage(prepared)
      checkers ??= await prepareCheckers(parts)
      return prepared
    },
    prepared => openProgram({ ...program, image: prepared }, signal),
  )
  progress.at.opened = performance.now()
  progress.warm = sandbox.warm
  const tellRunning = () => parts.onRunning(environmentOf(image, parts))
  // What may be executed twice can begin before it is written down that it does: a short run's end says it, too.
  if (onlyOnce) await recorder.between(tellRunning)
  else recorder.announce(tellRunning)
  const stages = { ...program, image, sandbox, checkers, recorder, progress, input: parts.input }
  const outcome = await runStages(stages, signal)
  progress.prebooted = sandbox.prebooted ?? false
  if (outcome.kind !== 'canceled') {
    progress.collected = await collectArtifacts(sandbox, run.request, parts.artifactLimits, signal)
  }
  return outcome
}

function environmentOf(
  { environment, version, digest }: ResolvedImage,
  { architecture }: Pick<AttemptParts, 'architecture'>,
): RunEnvironment {
  return { name: environment.name, version, digest, ...(architecture && { architecture }) }
}

interface StagesParts extends ProgramParts {
  readonly sandbox: Sandbox
  readonly input: (signal: AbortSignal) => AsyncIterable<RunInput>
  /** Where the run has tests. */
  readonly checkers: CheckerSandboxes | undefined
  readonly recorder: OutputRecorder
  readonly progress: AttemptProgress
}

async function runStages(parts: StagesParts, signal: AbortSignal): Promise<RunOutcome> {
  const { request, image, checkers, progress } = parts
  const compile = compilePlan(parts)
  signal.throwIfAborted()
  progress.executed = true
  if (compile !== undefined) {
    const result = await recordStage(parts, compile, signal)
    progress.stages.push(result)
    if (result.outcome.kind === 'canceled') return result.outcome
    if (!(result.outcome.kind === 'exited' && result.outcome.code === 0)) return { kind: 'compile-failed' }
    signal.throwIfAborted()
  }
  if (request.tests !== undefined && checkers !== undefined) {
    const onTest = (stage: StageResult) => progress.stages.push(stage)
    return await runTests({ ...parts, plan: request.tests, checkers, onTest }, signal)
  }
  const { args, stdin, limits, interaction } = request
  const plan: StagePlan = {
    name: 'run',
    command: runCommand(image.environment.recipe, request),
    args,
    stdin: decodeBytes(stdin),
    ...(interaction && { interaction: { input: parts.input, terminal: interaction.terminal } }),
    limits,
  }
  const result = await recordStage(parts, plan, signal)
  progress.stages.push(result)
  return result.outcome
}

async function prepareCheckers(parts: AttemptParts): Promise<CheckerSandboxes | undefined> {
  const { run, attempt } = parts.lease
  const { tests } = run.request
  if (tests === undefined) return undefined
  const checkers = new CheckerSandboxes({
    platform: parts.platform,
    resolve: parts.resolve,
    plan: tests,
    runId: run.id,
    attempt,
    deadline: sandboxDeadline(run.request),
    sandboxes: parts.sandboxes,
    onProgress: progress => parts.recorder.add({ type: 'progress', progress }),
  })
  await checkers.prepare(parts.signal)
  return checkers
}
