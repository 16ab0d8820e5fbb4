import type { RunId } from '../run/id.ts'
import type { OutcomeKind, RunOutcome } from '../run/outcome.ts'
import type { Run, RunEnvironment, RunRequest, RunState, StageResult } from '../run/run.ts'
import type { StoreTransaction } from './database.ts'

export interface NewRun {
  readonly id: RunId
  readonly request: RunRequest
  readonly labels: Readonly<Record<string, string>>
  readonly priority: number
  readonly maxAttempts: number
  readonly createdAt: Date
}

export interface RunFilter {
  readonly state?: RunState
  readonly outcome?: OutcomeKind
  /** The family's name. */
  readonly environment?: string
  readonly label?: { readonly name: string; readonly value: string }
}

export interface RunPage {
  readonly runs: readonly Run[]
  /** The id to continue after; absent on the last page. */
  readonly next?: RunId
}

export interface RunResult {
  readonly outcome: RunOutcome
  readonly stages: readonly StageResult[]
  readonly environment?: RunEnvironment
}

/** The rows of runs. Writes happen in a transaction of the caller's, see `src/queue/lifecycle.ts`. */
export interface RunStore {
  insert(run: NewRun, transaction: StoreTransaction): Promise<void>
  find(id: RunId, transaction?: StoreTransaction): Promise<Run | undefined>
  /** Newest first. */
  list(filter: RunFilter, page: { readonly limit: number; readonly after?: RunId }): Promise<RunPage>
  countByState(): Promise<Readonly<Record<RunState, number>>>
}
