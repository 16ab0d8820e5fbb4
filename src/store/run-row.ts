import type { Insertable, Selectable } from 'kysely'
import type { BatchId } from '../run/batch.ts'
import type { RunId } from '../run/id.ts'
import type { KeyId } from '../run/key.ts'
import { defaultPool } from '../run/pool.ts'
import type { Run, RunRequest } from '../run/run.ts'
import type { NewRun } from './run-store.ts'
import type { RunRequestsTable, RunsTable } from './tables.ts'

/** The parts of a request that can be large, and that only whoever runs it needs. */
type RequestContent = Pick<RunRequest, 'files' | 'args' | 'stdin' | 'env' | 'commands' | 'artifacts' | 'tests'>
/** Of the table beside the runs'. */
type LargeColumns = Pick<Selectable<RunRequestsTable>, 'content' | 'tests'>
type RequestSummary = Omit<RunRequest, keyof RequestContent>

const noContent: RequestContent = {
  files: [],
  args: [],
  stdin: { content: '', encoding: 'utf8' },
  env: {},
  artifacts: [],
}

/** `events`: how many the run starts with. */
export function runRow(run: NewRun, events: number): Insertable<RunsTable> {
  return {
    id: run.id,
    state: 'queued',
    family: run.family ?? run.request.environment.replace(/@.*$/s, ''),
    request: JSON.stringify(requestSummary(run.request)),
    labels: JSON.stringify(run.labels),
    priority: run.priority,
    attempt: 0,
    max_attempts: run.maxAttempts,
    unspent_attempts: 0,
    cancel_requested: 0,
    stages: '[]',
    last_sequence: events,
    key_id: run.owner?.id ?? null,
    batch_id: run.batchId ?? null,
    pool: run.pool ?? defaultPool,
    architecture: run.architecture ?? null,
    created_at: run.createdAt.getTime(),
  }
}

export function requestContent(request: RunRequest): string {
  const { files, args, stdin, env, commands, artifacts, tests } = request
  return JSON.stringify({ files, args, stdin, env, commands, artifacts, tests } satisfies RequestContent)
}

/** Without `large` the run's request has no files, arguments, input, variables, commands and tests, and its stages are without those of tests. */
export function runFromRow(row: Selectable<RunsTable>, large?: LargeColumns): Run {
  const summary: RequestSummary = JSON.parse(row.request)
  const content: Partial<RequestContent> = large === undefined ? {} : JSON.parse(large.content)
  return {
    id: row.id as RunId,
    state: row.state,
    request: { ...summary, ...noContent, ...content },
    labels: JSON.parse(row.labels),
    priority: row.priority,
    pool: row.pool,
    ...(row.architecture !== null && { architecture: row.architecture }),
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    cancelRequested: row.cancel_requested !== 0,
    environment: row.environment === null ? undefined : JSON.parse(row.environment),
    outcome: row.outcome === null ? undefined : JSON.parse(row.outcome),
    stages: [...JSON.parse(row.stages), ...JSON.parse(large?.tests ?? '[]')],
    ...(row.summary === null ? {} : { summary: JSON.parse(row.summary) }),
    workerId: row.worker_id ?? undefined,
    batchId: (row.batch_id ?? undefined) as BatchId | undefined,
    keyId: (row.key_id ?? undefined) as KeyId | undefined,
    createdAt: new Date(row.created_at),
    startedAt: row.started_at === null ? undefined : new Date(row.started_at),
    finishedAt: row.finished_at === null ? undefined : new Date(row.finished_at),
  }
}

/** What `runFromRow` would give for a row that was just made. */
export function runFromNew(run: NewRun): Run {
  const { id, request, labels, priority, maxAttempts, createdAt } = run
  return {
    id,
    state: 'queued',
    request,
    labels,
    priority,
    pool: run.pool ?? defaultPool,
    ...(run.architecture !== undefined && { architecture: run.architecture }),
    attempt: 0,
    maxAttempts,
    cancelRequested: false,
    environment: undefined,
    outcome: undefined,
    stages: [],
    artifacts: [],
    workerId: undefined,
    batchId: run.batchId,
    keyId: run.owner?.id,
    createdAt,
    startedAt: undefined,
    finishedAt: undefined,
  }
}

function requestSummary(request: RunRequest): RequestSummary {
  const { environment, main, limits, compileLimits, network, rerun, interaction, trace } = request
  const rest = { environment, main, limits, compileLimits, network }
  return { ...rest, ...(rerun && { rerun }), ...(interaction && { interaction }), ...(trace && { trace }) }
}
