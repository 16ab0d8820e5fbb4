import type { Logger } from 'pino'
import type { Run } from '../run/run.ts'

/** What the core tells of itself. It never throws and never waits. Program output and ids of clients' things do not go in as labels. */
export interface Observer {
  readonly log: Logger
  /** One wide line per finished run. Times in ms of the last attempt, by phase. */
  runFinished(run: Run, timings: RunTimings): void
}

export interface RunTimings {
  readonly queuedMs: number
  readonly prepareMs?: number
  readonly openMs?: number
  /** The sandbox was there before the run. */
  readonly warm?: boolean
  readonly stagesMs?: number
  readonly finishMs?: number
}
