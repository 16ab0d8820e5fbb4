import { randomBytes } from 'node:crypto'

const runPattern = /^run-it-([0-9a-z]+)-(\d+)(?:-([0-9a-z-]+))?-until-(\d+)$/

/** What a container's name says of the run that took it. */
export interface NamedRun {
  readonly runId: string
  readonly attempt: number
  /** Where a run has several sandboxes. */
  readonly part?: string | undefined
  readonly deadline: Date
}

/** A sandbox that is made for a run. */
export function coldName(run: Omit<NamedRun, 'deadline'>): string {
  const part = run.part === undefined ? '' : `-${run.part}`
  return `run-it-${run.runId.toLowerCase()}-${run.attempt}${part}`
}

/** A sandbox that is made ahead. */
export function warmName(): string {
  return `run-it-warm-${randomBytes(8).toString('hex')}`
}

/** One that was made ahead, once a run took it: its labels cannot say so any more. */
export function takenName(run: NamedRun): string {
  return `${coldName(run)}-until-${run.deadline.getTime()}`
}

export function parseTakenName(name: string): NamedRun | undefined {
  const [, runId, attempt, part, deadlineMs] = runPattern.exec(name) ?? []
  if (runId === undefined) return undefined
  return {
    runId: runId.toUpperCase(),
    attempt: Number(attempt),
    ...(part && { part }),
    deadline: new Date(Number(deadlineMs)),
  }
}
