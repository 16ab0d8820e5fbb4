import type { Environment } from '../environment/environment.ts'
import { stageArgv } from '../environment/recipe.ts'
import type { Platform, ResolvedImage, Sandbox } from '../platform/platform.ts'
import type { Lease } from '../queue/lifecycle.ts'
import type { RunArtifacts } from '../run/artifact.ts'
import { decodeBytes } from '../run/file.ts'
import type { Limits } from '../run/limits.ts'
import type { RunOutcome } from '../run/outcome.ts'
import type { RunEnvironment, RunRequest, StageName, StageResult } from '../run/run.ts'
import type { RunInput } from '../run/terminal.ts'
import { type ArtifactLimits, collectArtifacts } from './collect-artifacts.ts'
import type { OutputRecorder } from './output-recorder.ts'
import { baseVariables, plainPreboot } from './plain-stage.ts'
import { compileLimits, sandboxDeadline, sandboxLimits } from './sandbox-plan.ts'

export interface AttemptProgress {
  environment?: RunEnvironment
  readonly stages: StageResult[]
  /** Its sandbox was there before it. */
  warm?: boolean
  /** Something of the client's was executed: repeating it is a second execution. */
  executed: boolean
  /** Once the last stage has ended. */
  collected?: RunArtifacts
  readonly at: { prepared?: number; opened?: number }
}

/**
 * One attempt at one run on a platform, from the image to the last stage and what it left. Resolves with the outcome; rejects when the platform
 * fails, or when stopped before a stage. `progress` tells how far it got, whichever way it ends. The caller disposes `sandboxes`, after
 * the result is safe.
 */
export async function runAttempt(parts: {
  readonly platform: Platform
  readonly candidates: readonly Environment[]
  readonly lease: Lease
  readonly recorder: OutputRecorder
  readonly progress: AttemptProgress
  readonly sandboxes: AsyncDisposableStack
  readonly onRunning: (environment: RunEnvironment) => Promise<void>
  readonly artifactLimits: ArtifactLimits
  /** What is typed into the run, if it is one that can be talked to. */
  readonly input: (signal: AbortSignal) => AsyncIterable<RunInput>
  readonly signal: AbortSignal
}): Promise<RunOutcome> {
  const { platform, recorder, progress, signal } = parts
  const { run, attempt } = parts.lease
  const image = await platform.prepare(
    parts.candidates,
    event => recorder.add({ type: 'progress', progress: event }),
    signal,
  )
  progress.at.prepared = performance.now()
  const { recipe } = image.environment
  const environment = { name: image.environment.name, version: image.version, digest: image.digest }
  progress.environment = environment
  const sandbox = await platform.open(
    {
      runId: run.id,
      attempt,
      image,
      limits: sandboxLimits(recipe, run.request),
      network: run.request.network,
      deadline: sandboxDeadline(run.request),
      preboot: plainPreboot(image, run.request.limits),
    },
    signal,
  )
  parts.sandboxes.use(sandbox)
  progress.at.opened = performance.now()
  progress.warm = sandbox.warm
  await sandbox.write(run.request.files, signal)
  await parts.onRunning(environment)
  const outcome = await runStages({ ...parts, sandbox, image, request: run.request })
  if (outcome.kind !== 'canceled') {
    progress.collected = await collectArtifacts(sandbox, run.request, parts.artifactLimits, signal)
  }
  return outcome
}

async function runStages(parts: {
  readonly sandbox: Sandbox
  readonly image: ResolvedImage
  readonly request: RunRequest
  readonly input: (signal: AbortSignal) => AsyncIterable<RunInput>
  readonly recorder: OutputRecorder
  readonly progress: AttemptProgress
  readonly signal: AbortSignal
}): Promise<RunOutcome> {
  const { request, progress, signal } = parts
  const { recipe } = parts.image.environment
  const stages: readonly StagePlan[] = [
    ...(recipe.compile === undefined
      ? []
      : [{ name: 'compile' as const, template: recipe.compile, limits: compileLimits(request) }]),
    { name: 'run', template: recipe.run, limits: request.limits },
  ]
  for (const stage of stages) {
    signal.throwIfAborted()
    progress.executed = true
    const result = await runStage({ ...parts, stage })
    progress.stages.push(result)
    if (result.outcome.kind === 'canceled') return result.outcome
    if (stage.name === 'run') return result.outcome
    if (!(result.outcome.kind === 'exited' && result.outcome.code === 0)) return { kind: 'compile-failed' }
  }
  throw new Error('a run has a run stage')
}

interface StagePlan {
  readonly name: StageName
  readonly template: readonly string[]
  readonly limits: Limits
}

async function runStage(parts: {
  readonly sandbox: Sandbox
  readonly image: ResolvedImage
  readonly request: RunRequest
  readonly stage: StagePlan
  readonly input: (signal: AbortSignal) => AsyncIterable<RunInput>
  readonly recorder: OutputRecorder
  readonly signal: AbortSignal
}): Promise<StageResult> {
  const { request, stage, recorder } = parts
  const { environment, env } = parts.image
  const isRun = stage.name === 'run'
  const argv = stageArgv(stage.template, {
    main: request.main,
    files: request.files.map(file => file.path),
    extensions: environment.extensions,
    args: isRun ? request.args : [],
  })
  const terminal = isRun ? request.interaction?.terminal : undefined
  const bytes = { stdout: 0, stderr: 0 }
  recorder.beginStage(stage.name)
  const exit = await parts.sandbox.exec(
    {
      name: stage.name,
      argv,
      env: { ...baseVariables, ...terminalVariables(terminal), ...env, ...environment.recipe.env, ...request.env },
      stdin: isRun ? decodeBytes(request.stdin) : new Uint8Array(),
      ...(isRun && request.interaction && { input: parts.input, terminal }),
      limits: stage.limits,
    },
    {
      write: (stream, chunk) => {
        bytes[stream] += chunk.length
        recorder.write(stream, chunk)
      },
    },
    parts.signal,
  )
  const result: StageResult = {
    name: stage.name,
    outcome: exit.outcome,
    usage: exit.usage,
    limitsHit: exit.limitsHit,
    stdout: { bytes: bytes.stdout, truncated: exit.stdoutTruncated },
    stderr: { bytes: bytes.stderr, truncated: exit.stderrTruncated },
  }
  recorder.add({ type: 'stage', stage: result })
  return result
}

/** Programs without a terminal must not think that they have one. */
function terminalVariables(terminal: { readonly term: string } | undefined): Readonly<Record<string, string>> {
  return terminal === undefined ? {} : { TERM: terminal.term }
}
