import type { Environment } from '../environment/environment.ts'
import type { ArtifactOmission } from '../run/artifact.ts'
import type { ImageProgress } from '../run/event.ts'
import type { RunFile } from '../run/file.ts'
import type { RunId } from '../run/id.ts'
import type { LimitHit, Limits, Usage } from '../run/limits.ts'
import type { StageOutcome } from '../run/outcome.ts'
import type { StageName } from '../run/run.ts'
import type { RunInput, TerminalSize } from '../run/terminal.ts'

/**
 * Where programs run. One instance per process, safe for concurrent use.
 *
 * - What the program does is a `StageOutcome`; what we fail at is a `PlatformError`.
 * - Every call that can wait takes a signal and ends soon after it is aborted. An aborted `exec` kills the program and still
 *   resolves, with outcome `canceled` and the usage and output that it could read; every other aborted call rejects with the
 *   signal's reason.
 * - `sweep`, `check`, `images` and `prepare` may be repeated at will. Two `prepare` of the same environment share the work.
 * - `close` ends what the platform itself started, sandboxes that it made ahead among it. Opened ones belong to those who opened them.
 */
export interface Platform {
  readonly name: string
  /** Is the engine there, which one is it, what does it enforce? Rejects with `unavailable` when it is not. */
  check(signal: AbortSignal): Promise<PlatformInfo>
  /** Which of these have an image here already. Never pulls or builds. */
  images(environments: readonly Environment[], signal: AbortSignal): Promise<readonly ResolvedImage[]>
  /**
   * Makes one of the candidates' images present and tells which. Candidates come in order of preference: one that is present
   * wins, then one that can be pulled, then one that can be built. A candidate with a `digest` has that image or none: it is
   * present under any name, or is pulled by its digest; it is never built, and another image never stands in for it.
   * Rejects with `environment-unavailable` when none can be had.
   */
  prepare(
    candidates: readonly Environment[],
    onProgress: (progress: ImageProgress) => void,
    signal: AbortSignal,
  ): Promise<ResolvedImage>
  /**
   * Removes an image, by its `reference`, that no container of anybody's uses; all of its names go with it. Whoever has prepared it and
   * not yet opened a sandbox is told `image-gone`.
   */
  removeImage(reference: string, signal: AbortSignal): Promise<'removed' | 'in-use' | 'gone'>
  /** Rejects with `image-gone` when somebody removed the image since it was prepared. */
  open(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox>
  /**
   * The safety net for what a crash left behind: removes this installation's sandboxes whose run is not in `keep`, and
   * anybody's past their deadline. What this instance opened and has not disposed is left alone, and so is what the workers in
   * `others` made: they live, and look after it themselves.
   */
  sweep(
    keep: ReadonlySet<RunId>,
    signal: AbortSignal,
    others?: ReadonlySet<string>,
  ): Promise<{ readonly removed: number }>
  close(): Promise<void>
  /** Sandboxes that wait for a run at this moment. Absent where none is made ahead. */
  readonly warmCount?: number
}

/**
 * One container for one attempt at one run: `write`, then `exec` for each stage in turn, then perhaps `collect`,
 * then dispose; between stages it may be taken back to how it was. It is never used again.
 * Disposing may be repeated, may come after a failed `exec` and while one runs; it never throws, and the container is gone
 * (or left to `sweep`, when the engine is) when it resolves.
 */
export interface Sandbox extends AsyncDisposable {
  /** It was there before it was asked for. Nothing but time is different. */
  readonly warm: boolean
  /** Its first stage went on with a process that was there before it. False until that stage has begun. */
  readonly prebooted?: boolean
  /** Puts files into the working folder before the first untrusted instruction, or right after `restore`. Folders are made as needed. */
  write(files: readonly RunFile[], signal: AbortSignal): Promise<void>
  /** Runs one process to its end, and kills what it leaves behind. One at a time. */
  exec(stage: StageRequest, output: OutputSink, signal: AbortSignal): Promise<StageExit>
  /**
   * Keeps a copy of the working folder as it is, for `restore`: files, folders and links, with modes and times. A later one takes its
   * place. Not while a stage runs. The copy counts against nothing of a stage's limits. Rejects with `refused` when the folder is
   * larger than its disk, as links and holes can make it.
   */
  snapshot(signal: AbortSignal): Promise<void>
  /**
   * Makes the sandbox as it was at the snapshot: no file, process, memory or message of the stages since is left in it. Not while
   * a stage runs, and only after `snapshot`. After it rejected, the sandbox is of no use any more.
   */
  restore(signal: AbortSignal): Promise<void>
  /**
   * Fetches what the stages left in the working folder, in the order of the paths. Not while a stage runs. Whatever a program left
   * there, however many, deep, large or oddly named, is no error: what cannot be fetched is told in `omitted`. Rejects only when the
   * sandbox is gone.
   */
  collect(request: CollectRequest, signal: AbortSignal): Promise<Collected>
}

export interface CollectRequest {
  /** As in `src/run/glob.ts`; those that cannot be understood match nothing. */
  readonly patterns: readonly string[]
  /** What was written into the sandbox: a file that is still the same is left out. */
  readonly sent: readonly RunFile[]
  readonly maxFiles: number
  /** Of all files together. */
  readonly maxBytes: number
}

export interface Collected {
  readonly files: readonly CollectedFile[]
  readonly omitted: readonly ArtifactOmission[]
}

/** The path is relative, of plain parts, valid Unicode without control characters, and there once. */
export interface CollectedFile {
  readonly path: string
  readonly content: Uint8Array
}

export interface PlatformInfo {
  readonly name: string
  /** The same whichever way the engine is reached, and no other engine's. */
  readonly engineId: string
  readonly engineVersion: string
  readonly apiVersion: string
  readonly operatingSystem: string
  /** Of the images that it runs: `amd64`, `arm64`, … */
  readonly architecture: string
  readonly cgroupVersion: string
  /** Limits that this engine on this host cannot enforce; empty on a healthy one. */
  readonly unenforced: readonly string[]
}

export interface ResolvedImage {
  readonly environment: Environment
  /** The exact version in the image; for a built image it was measured after the build. */
  readonly version: string
  /** What the engine calls it; fixed, so that a moved tag does not change a run. */
  readonly reference: string
  /**
   * `sha256:…`: what the image is asked for again by, as a candidate's `digest`. For a published image it is the registry's, from
   * which anybody can pull it; for one that was made here it is the engine's own, and only this engine has it.
   */
  readonly digest: string
  /** What it takes on the engine's disk, what it shares with others included. */
  readonly sizeBytes: number
  /** How it came there, where this very call brought it. */
  readonly made?: 'pulled' | 'built'
  /** The variables that the image sets. */
  readonly env: Readonly<Record<string, string>>
}

export interface SandboxRequest {
  readonly runId: RunId
  readonly attempt: number
  /** Tells the sandboxes of one attempt apart: lower case letters, digits, hyphens. Absent: the program's own. */
  readonly part?: string
  readonly image: ResolvedImage
  /**
   * Of the first stage. Later stages may have other ones, but for `diskBytes`, which is the sandbox's, and for `openFiles`, which
   * must be the most that any stage has.
   */
  readonly limits: Limits
  readonly network: boolean
  /** Nothing of it may be executed a second time, not even where the first sandbox turns out to be dead. */
  readonly onlyOnce?: boolean
  /** Of runs of its kind. A platform that makes sandboxes ahead may start it there; nobody is to see a difference but in time. */
  readonly preboot?: Preboot
  /** When the sweeper of any process may remove it, whoever owns it. */
  readonly deadline: Date
}

/** A stage as it is when nothing of a client's is in it but files: its process may be started before they are there. */
export interface Preboot {
  /** The file that the process reads, in the working folder itself. */
  readonly main: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly limits: Limits
  /** Names in the working folder that the process looks for before it reads `main`: with one of them nothing is as it was. */
  readonly without: readonly string[]
}

export interface StageRequest {
  readonly name: StageName
  /** At least one element. Looked up in the `PATH` of `env`. */
  readonly argv: readonly string[]
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Uint8Array
  /**
   * What comes after `stdin`, and what else is done to the program while it runs. Asked for when the stage has started; the signal
   * is aborted when it is over. An event is taken when the one before is on its way; stdin that the program does not take holds
   * back what comes after it beyond some 64 KiB. The end of the sequence is the end of stdin, as without `input`.
   */
  readonly input?: (signal: AbortSignal) => AsyncIterable<RunInput>
  /** A terminal of its own instead of three pipes: everything that the program writes there is stdout. */
  readonly terminal?: TerminalSize
  readonly limits: Limits
}

/** Gets output as it comes, in order, up to the stage's `outputBytes` for each stream. Must not throw. */
export interface OutputSink {
  write(stream: 'stdout' | 'stderr', chunk: Uint8Array): void
}

export interface StageExit {
  readonly outcome: StageOutcome
  readonly usage: Usage
  readonly limitsHit: readonly LimitHit[]
  readonly stdoutTruncated: boolean
  readonly stderrTruncated: boolean
}

/** The working folder of every sandbox, and the folder in it where compilers put what they make. */
export const workingFolder = '/code'
export const outputFolder = '/code/.out'
