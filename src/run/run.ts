import type { ArtifactInfo, ArtifactOmission } from './artifact.ts'
import type { BatchId } from './batch.ts'
import type { EncodedBytes, RunFile } from './file.ts'
import type { RunId } from './id.ts'
import type { KeyId } from './key.ts'
import type { LimitHit, Limits, Usage } from './limits.ts'
import type { RunOutcome, StageOutcome } from './outcome.ts'
import type { TerminalSize } from './terminal.ts'
import type { TestPlan } from './test-plan.ts'
import type { TestResult, TestSummary } from './verdict.ts'

/**
 * queued ──claim──▶ preparing ──sandbox open──▶ running ──▶ finished
 *
 * A cancel leads from any state to finished. A lost worker leads back to queued, until attempts run out.
 */
export const runStates = ['queued', 'preparing', 'running', 'finished'] as const
export type RunState = (typeof runStates)[number]

/** One process inside a run. */
export const stageNames = ['compile', 'run', 'test'] as const
export type StageName = (typeof stageNames)[number]
export type OutputStream = 'stdout' | 'stderr'

/** What a client asked for, checked, with every default filled in. It never changes after the run was accepted. */
export interface RunRequest {
  /** As the client wrote it: `go`, `go@1.16.3` or `go@^1.16`. */
  readonly environment: string
  readonly files: readonly RunFile[]
  /** The file that the recipe runs: the client's `main`, or the first file's path. */
  readonly main: string
  readonly args: readonly string[]
  readonly stdin: EncodedBytes
  readonly env: Readonly<Record<string, string>>
  readonly limits: Limits
  readonly compileLimits: Limits
  readonly network: boolean
  /** Instead of those of the environment's recipe. */
  readonly commands?: RunCommands
  /** Patterns of the files that are to be kept, see `glob.ts`. */
  readonly artifacts: readonly string[]
  /** There when the run can be talked to while it runs. */
  readonly interaction?: Interaction
  /** Then there is no stage `run`, but a stage `test` for each of them. */
  readonly tests?: TestPlan
  /** Where the run repeats another one. It runs on that one's image, if it ever had one. */
  readonly rerun?: { readonly of: RunId; readonly environment?: RunEnvironment }
  /** The request's place in a trace, as W3C Trace Context writes it; there where traces are gathered. */
  readonly trace?: string
}

/** Of a project that brings its own: argv, in which nothing is replaced. What is absent is the recipe's. */
export interface RunCommands {
  /** Empty: there is no compile stage. */
  readonly compile?: readonly string[]
  readonly run?: readonly string[]
}

export interface Interaction {
  /** A terminal of its own, and what the program is told of its kind. */
  readonly terminal?: TerminalSize & { readonly term: string }
}

/** The exact environment that ran. */
export interface RunEnvironment {
  readonly name: string
  readonly version: string
  /** `sha256:…` of the image that ran. */
  readonly digest: string
  /** Of the worker that ran it. Absent in what was written before it was told. */
  readonly architecture?: string
}

/** What became of one stage. Its output is kept as events, see `event.ts`. */
export interface StageResult {
  readonly name: StageName
  readonly outcome: StageOutcome
  readonly usage: Usage
  readonly limitsHit: readonly LimitHit[]
  readonly stdout: OutputSummary
  readonly stderr: OutputSummary
  /** Which test it was, and what became of it; of a stage `test` alone. */
  readonly test?: TestResult
}

export interface OutputSummary {
  /** Bytes kept. */
  readonly bytes: number
  /** The program wrote more than was kept. */
  readonly truncated: boolean
}

/** Everything known about a run, its output's bytes excepted. */
export interface Run {
  readonly id: RunId
  readonly state: RunState
  readonly request: RunRequest
  readonly labels: Readonly<Record<string, string>>
  /** Higher runs first. */
  readonly priority: number
  /** Whose workers take it: see `pool.ts`. */
  readonly pool: string
  /** The only one whose workers may take it. Absent: any. */
  readonly architecture?: string
  /** 0 until a worker took it for the first time. Results are fenced by it. */
  readonly attempt: number
  readonly maxAttempts: number
  readonly cancelRequested: boolean
  readonly environment?: RunEnvironment
  readonly outcome?: RunOutcome
  /** In lists, those of tests are left out: there can be hundreds. */
  readonly stages: readonly StageResult[]
  /** Files that its program made, in the order of their paths. Absent in lists. */
  readonly artifacts?: readonly ArtifactInfo[]
  /** Files that were asked for and are missing, by reason. Absent in lists. */
  readonly artifactsOmitted?: readonly ArtifactOmission[]
  /** Of a finished run with tests, as far as it came. */
  readonly summary?: TestSummary
  readonly workerId?: string
  /** The key that owns it. Absent where it was made while there were no keys: such a run is nobody's. */
  readonly keyId?: KeyId
  /** The batch that it was submitted in. */
  readonly batchId?: BatchId
  readonly createdAt: Date
  /** When the last attempt was taken by a worker. */
  readonly startedAt?: Date
  readonly finishedAt?: Date
}
