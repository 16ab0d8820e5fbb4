import type { Updateable } from 'kysely'
import type { RunEventBody } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import type { RunOutcome } from '../run/outcome.ts'
import type { RunEnvironment, RunState, StageResult } from '../run/run.ts'
import type { TestSummary } from '../run/verdict.ts'
import { recordBatchEnd } from './batch-end.ts'
import type { StoreTransaction } from './database.ts'
import { insertEvents } from './insert-events.ts'
import { type Place, prepare, prepareEach, prepareLoosely } from './prepared.ts'
import { countRun } from './run-counts.ts'
import type { RunsTable } from './tables.ts'

/** What a change of a run depends on, as it is at this point of the transaction. */
export interface CurrentRun {
  readonly id: RunId
  readonly state: RunState
  readonly attempt: number
  readonly maxAttempts: number
  readonly unspentAttempts: number
  readonly cancelRequested: boolean
  readonly lastSequence: number
  readonly batchId: string | undefined
  readonly workerId: string | undefined
}

/** What changes; null empties. What is absent stays. */
export interface RunChange {
  readonly at: Date
  readonly events: readonly RunEventBody[]
  readonly state?: RunState
  readonly attempt?: number
  readonly unspentAttempts?: number
  readonly cancelRequested?: boolean
  readonly environment?: RunEnvironment | null
  readonly outcome?: RunOutcome
  readonly stages?: readonly StageResult[]
  readonly summary?: TestSummary
  readonly workerId?: string | null
  readonly startedAt?: Date
  readonly finishedAt?: Date
}

const lockRun = prepare((rows, value: Place<{ id: RunId }>) =>
  rows
    .selectFrom('runs')
    .select(['state', 'attempt', 'max_attempts', 'unspent_attempts', 'cancel_requested', 'last_sequence'])
    .select(['batch_id', 'worker_id'])
    .where('id', '=', value('id'))
    .forNoKeyUpdate(),
)

/** Locks the row until the end of the transaction: whoever changes a run takes this first, and anything else of it after. */
export async function currentRun(id: RunId, transaction: StoreTransaction): Promise<CurrentRun | undefined> {
  const [row] = await lockRun(transaction.rows, { id })
  return (
    row && {
      id,
      state: row.state,
      attempt: row.attempt,
      maxAttempts: row.max_attempts,
      unspentAttempts: row.unspent_attempts,
      cancelRequested: row.cancel_requested !== 0,
      lastSequence: row.last_sequence,
      batchId: row.batch_id ?? undefined,
      workerId: row.worker_id ?? undefined,
    }
  )
}

/** The row, its events and the counts together, so that none of them can be forgotten. */
export async function changeRun(run: CurrentRun, change: RunChange, transaction: StoreTransaction): Promise<void> {
  const { at, events, attempt = run.attempt } = change
  await insertEvents({ runId: run.id, attempt, lastSequence: run.lastSequence, at }, events, transaction)
  await updateRun({ ...changedColumns(change), last_sequence: run.lastSequence + events.length }, run.id, transaction)
  await keepTests(run.id, change, transaction)
  await countRun(run.id, { from: run.state, to: change.state ?? run.state }, transaction)
  if (change.outcome !== undefined && run.batchId !== undefined) {
    await recordBatchEnd({ id: run.id, batchId: run.batchId }, change.outcome, at, transaction)
  }
  // Whoever waits for the end alone comes first, and is not woken for anything else.
  if (change.state === 'finished') transaction.hint(`finished:${run.id}`)
  transaction.hint(`run:${run.id}`)
}

const updateColumns = prepareEach((...columns: readonly string[]) =>
  prepareLoosely((rows, value) =>
    rows
      .updateTable('runs')
      .set(Object.fromEntries(columns.map(name => [name, value(name)])))
      .where('id', '=', value('id')),
  ),
)

async function updateRun(changed: Updateable<RunsTable>, id: RunId, { rows }: StoreTransaction): Promise<void> {
  const columns = Object.entries(changed).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  await updateColumns(...columns)(rows, { ...changed, id })
}

/** Apart from the other stages, so that lists need not read hundreds of them for each run. */
async function keepTests(id: RunId, { stages = [] }: RunChange, transaction: StoreTransaction): Promise<void> {
  const tests = stages.filter(stage => stage.test !== undefined)
  if (tests.length === 0) return
  await transaction.rows
    .updateTable('run_requests')
    .set({ tests: JSON.stringify(tests) })
    .where('run_id', '=', id)
    .execute()
}

function changedColumns(change: RunChange): Updateable<RunsTable> {
  const { state, attempt, unspentAttempts, cancelRequested, environment, outcome, stages, workerId } = change
  return {
    state,
    attempt,
    unspent_attempts: unspentAttempts,
    cancel_requested: cancelRequested === undefined ? undefined : Number(cancelRequested),
    environment: environment ? JSON.stringify(environment) : environment,
    ...(environment && { family: environment.name }),
    outcome: outcome && JSON.stringify(outcome),
    outcome_kind: outcome?.kind,
    stages: stages && JSON.stringify(stages.filter(stage => stage.test === undefined)),
    summary: change.summary && JSON.stringify(change.summary),
    worker_id: workerId,
    started_at: change.startedAt?.getTime(),
    finished_at: change.finishedAt?.getTime(),
  }
}
