/** The shapes of the HTTP API, as they stand in JSON. Times are ISO 8601; units are in the names. */

import type { Checker, TestResult, TestSubmission, TestSummary, Verdict } from './test-shapes.ts'

export type Architecture = 'amd64' | 'arm64' | 'arm' | '386' | 'ppc64le' | 's390x' | 'riscv64' | 'loong64'
export type Encoding = 'utf8' | 'base64'
export type RunState = 'queued' | 'preparing' | 'running' | 'finished'
export type StageName = 'compile' | 'run' | 'test'
export type OutputStream = 'stdout' | 'stderr'

export interface Limits {
  wallTimeMs: number
  cpuTimeMs: number
  memoryBytes: number
  processes: number
  openFiles: number
  diskBytes: number
  outputBytes: number
}

export interface RunFile {
  path: string
  content: string
  /** Default `utf8`. */
  encoding?: Encoding
}

/** The body of `POST /v1/runs`. Either `source` or `files`. */
export interface RunSubmission {
  /** `python`, `python@3.11.2` or `python@^3.11`. */
  environment: string
  source?: string
  files?: RunFile[]
  /** The file to run; default: the environment's main file if it is there, else the first file. */
  main?: string
  args?: string[]
  stdin?: string | { content: string; encoding: Encoding }
  env?: Record<string, string>
  limits?: Partial<Limits>
  /** `command`: instead of the environment's, as argv; empty: nothing is compiled. */
  compile?: { command?: string[]; limits?: Partial<Omit<Limits, 'diskBytes'>> }
  /** `command`: instead of the environment's, as argv; `args` are appended. */
  run?: { command?: string[] }
  network?: boolean
  /** The program is compiled once and run for each of them, in a clean sandbox. */
  tests?: TestSubmission[]
  /** Of the tests that have none of their own. Default `trimmed`. */
  checker?: Checker
  /** Skips the tests after the first that is not accepted. */
  stopOnFailure?: boolean
  /** Patterns of the files to keep of those that the program makes or changes: `*.png`, `out/**`. At most 32. */
  artifacts?: string[]
  /** Keeps stdin open after the given one; see `runs.terminal`. Default: whether `tty` is asked for. */
  interactive?: boolean
  /** A terminal for the program; everything that it writes is then stdout. */
  tty?: boolean | { columns: number; rows: number; term?: string }
  labels?: Record<string, string>
  /** -100 to 100; higher runs first. Default 0. */
  priority?: number
  /** Whose workers take it: a name such as `gpu`. Default `default`. */
  pool?: string
  /** Only workers of it take the run. Default: any, unless the environment is for one alone. */
  architecture?: Architecture
  /** 1 to 10. Default 3, and 1 for an interactive run. */
  maxAttempts?: number
  /** Gets the finished run. The secret is `whsec_` and 24 to 64 bytes in base64; default: the installation's. */
  webhook?: { url: string; secret?: string }
}

/** The body of `POST /v1/runs/{id}/rerun`. What is absent is the repeated run's. */
export interface RerunChanges {
  labels?: Record<string, string>
  priority?: number
  pool?: string
}

export type StageOutcome =
  | { kind: 'exited'; code: number }
  | { kind: 'signaled'; signal: string }
  | { kind: 'timed-out'; clock: 'wall' | 'cpu'; limitMs: number }
  | { kind: 'out-of-memory'; limitBytes: number }
  | { kind: 'canceled' }

export type RunOutcome =
  | StageOutcome
  /** The verdict of the first test that was not accepted, or `accepted`. */
  | { kind: 'tested'; verdict: Verdict }
  | { kind: 'compile-failed' }
  | {
      kind: 'failed'
      code: 'environment-unavailable' | 'platform-unavailable' | 'attempts-exhausted'
      detail: string
    }

export interface Usage {
  wallTimeMs: number
  cpuTimeMs?: number
  memoryPeakBytes?: number
}

export interface StageOutput {
  /** Absent in lists. */
  content?: string
  encoding?: Encoding
  bytes: number
  truncated: boolean
}

export interface Stage {
  name: StageName
  outcome: StageOutcome
  usage: Usage
  limitsHit: ('memory' | 'processes' | 'disk' | 'openFiles' | 'fileSize')[]
  stdout: StageOutput
  stderr: StageOutput
  /** Of a stage `test` alone. */
  test?: TestResult
}

/** A file that the program made or changed. */
export interface Artifact {
  /** Relative to the working folder, with `/` between its parts. */
  path: string
  bytes: number
  /** By the name; `application/octet-stream` where that says nothing. */
  mediaType: string
}

/** Files that were asked for and are missing, for one reason. */
export interface ArtifactOmission {
  reason: 'too-many' | 'too-large' | 'name' | 'unreadable' | 'not-searched' | 'sandbox-lost'
  /** How many; absent where that is not known. */
  files?: number
  /** At most ten of them. */
  paths: string[]
}

/** Why a queued run is not going to be taken as things are; it is as soon as such a worker comes. */
export interface Waiting {
  reason: 'pool-unserved' | 'architecture-unserved'
  /** For people. */
  detail: string
}

export interface Run {
  id: string
  state: RunState
  environment: {
    /** As it was asked for. */
    requested: string
    /** Known once the image is. */
    name?: string
    version?: string
    digest?: string
    /** Of the worker that ran it, such as `amd64`. */
    architecture?: string
  }
  /** Present when, and only when, the run is finished. */
  outcome?: RunOutcome
  /** In lists without those of tests. */
  stages: Stage[]
  /** Of a finished run with tests, as far as it came. */
  summary?: TestSummary
  /** Absent in lists; empty before the end. `runs.artifact` has the bytes. */
  artifacts?: Artifact[]
  /** Absent where nothing is missing, and in lists. */
  artifactsOmitted?: ArtifactOmission[]
  labels: Record<string, string>
  priority: number
  /** Whose workers take it. */
  pool: string
  /** The only one whose workers take it. Absent: any. */
  architecture?: string
  /** There while the run waits and no worker that lives is going to take it. */
  waiting?: Waiting
  limits: Limits
  compileLimits: Limits
  network: boolean
  /** It can be talked to while it runs. */
  interactive: boolean
  /** Its program has a terminal, and all that it writes is stdout. */
  tty: boolean
  attempt: number
  maxAttempts: number
  cancelRequested: boolean
  /** The run that this one repeats. It may be deleted already. */
  rerunOf?: string
  /** The batch that it was submitted in. */
  batchId?: string
  /** The key that owns it. Absent if there were no keys. */
  keyId?: string
  createdAt: string
  startedAt?: string
  finishedAt?: string
}

export interface RunList {
  runs: Run[]
  /** Pass as `cursor` for the next page. */
  next?: string
}

/** The body of `POST /v1/batches`: 1 to 1000 runs. */
export interface BatchSubmission {
  runs: RunSubmission[]
}

/** Runs that were submitted together. */
export interface Batch {
  id: string
  /** Finished when all its runs are. */
  state: 'queued' | 'running' | 'finished'
  /** In the order of the request, deleted ones included. */
  runIds: string[]
  /** Runs in each state; deleted ones are finished. */
  counts: { queued: number; preparing: number; running: number; finished: number }
  /** How many of the finished runs ended in each way, by `outcome.kind`. */
  outcomes: Record<string, number>
  keyId?: string
  createdAt: string
  finishedAt?: string
}

/** The end of one run of a batch, or, as the last one, of the batch. */
export type BatchEvent = { sequence: number; at: string } & (
  | { type: 'run'; runId: string; outcome: RunOutcome }
  | { type: 'finished'; batch: Batch }
)

export interface ImageProgress {
  phase: 'pull' | 'build'
  message: string
  currentBytes?: number
  totalBytes?: number
}

/** One server-sent event: `event` is the type, `id` the sequence, `data` the rest as JSON. */
export type RunEvent = { sequence: number; attempt: number; at: string } & (
  | { type: 'state'; state: Exclude<RunState, 'finished'> }
  | { type: 'progress'; progress: ImageProgress }
  | { type: 'output'; stage: StageName; test?: number; stream: OutputStream; content: string; encoding: Encoding }
  | { type: 'stage'; stage: Stage }
  | { type: 'finished'; run: Run }
)

export interface EnvironmentInfo {
  name: string
  title: string
  aliases: string[]
  extensions: string[]
  /** The file name that a nameless source gets. */
  main: string
  /** Exact versions that can be asked for by name, the default first. */
  versions: string[]
  /** A range of further versions that may be asked for. */
  allow?: string
  /** Versions whose image is present on some worker: they start at once. */
  ready: { version: string; digest: string; sizeBytes?: number; lastUsedAt?: string }[]
  /** Whether a run may bring commands of its own. */
  commands: boolean
  limits: Limits
  compileLimits?: Limits
}

/** `application/problem+json`, RFC 9457. */
export interface ProblemBody {
  type: string
  title: string
  status: number
  detail: string
  code: string
  errors?: { pointer: string; detail: string }[]
}
