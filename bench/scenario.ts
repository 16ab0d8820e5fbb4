import type Docker from 'dockerode'
import type { Summary } from './measure/summary.ts'
import type { TargetName } from './targets.ts'

/** A line of a scenario's table: many samples, or the one value that there is. */
export type Row =
  | { readonly what: string; readonly unit: Unit; readonly summary: Summary }
  | { readonly what: string; readonly unit: Unit; readonly value: number }

export type Unit = 'ms' | 'MB' | 'runs/s' | 'runs'

export interface Ratio {
  readonly what: string
  readonly value: number
}

/** What one scenario measured. */
export interface Findings {
  readonly rows: readonly Row[]
  readonly ratios: readonly Ratio[]
  readonly targets: readonly { readonly name: TargetName; readonly value: number }[]
  /** What a reader should know who looks at the numbers: what was left out, and why. */
  readonly notes: readonly string[]
}

export interface ScenarioContext {
  /** Fewer samples: to see that it works, and about where it stands. */
  readonly isQuick: boolean
  readonly engine: Docker
  /** Deleted when the bench ends. */
  readonly temporaryFolder: string
  /** Marks the containers that are not run-it's own, so that all of them are found in the end. */
  readonly containerLabel: string
  /** Aborted by Ctrl-C, and when the scenario's time is over. */
  readonly signal: AbortSignal
  say(progress: string): void
}

/**
 * One question with one answer. A scenario starts its own server, disposes what it made whichever way it ends, and rejects soon after
 * the signal is aborted.
 */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** How it is measured, in a few sentences of Markdown. */
  readonly method: string
  /** The most time that it may take, with all its samples. */
  readonly deadlineMs: number
  run(context: ScenarioContext): Promise<Findings>
}
