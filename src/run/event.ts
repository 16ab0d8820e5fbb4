import type { RunOutcome } from './outcome.ts'
import type { OutputStream, RunState, StageName, StageResult } from './run.ts'

/** A step of getting an image, for people to watch. Bytes are absent where the engine does not tell. */
export interface ImageProgress {
  readonly phase: 'pull' | 'build'
  /** One line, without control characters. */
  readonly message: string
  readonly currentBytes?: number
  readonly totalBytes?: number
}

/** What happened in a run. A run's events are an append-only log: its output is stored here and nowhere else. */
export type RunEventBody =
  | { readonly type: 'state'; readonly state: Exclude<RunState, 'finished'>; readonly attempt: number }
  | { readonly type: 'progress'; readonly progress: ImageProgress }
  | {
      readonly type: 'output'
      readonly stage: StageName
      /** The index of the test, of a stage `test` alone. */
      readonly test?: number
      readonly stream: OutputStream
      readonly bytes: Uint8Array
    }
  | { readonly type: 'stage'; readonly stage: StageResult }
  | { readonly type: 'finished'; readonly outcome: RunOutcome }

/** `sequence` counts up within one run, from 1, without gaps; it is what a follower resumes from. */
export type RunEvent = RunEventBody & {
  readonly sequence: number
  readonly attempt: number
  readonly at: Date
}
