import type { RunArtifacts } from '../run/artifact.ts'
import type { BatchId } from '../run/batch.ts'
import type { RunId } from '../run/id.ts'
import type { KeyId, RunOwner } from '../run/key.ts'
import type { OutcomeKind, RunOutcome } from '../run/outcome.ts'
import type { Run, RunEnvironment, RunRequest, RunState, StageResult } from '../run/run.ts'
import type { TestSummary } from '../run/verdict.ts'
import type { Webhook } from '../run/webhook.ts'
import { readArtifactInfos } from './artifact-store.ts'
import type { Database, StoreTransaction } from './database.ts'
import { insertEvents } from './insert-events.ts'
import { listRuns } from './list-runs.ts'
import { type Place, prepare, prepareEach, prepareLoosely } from './prepared.ts'
import { countRun, type RunCounts, readRunCounts } from './run-counts.ts'
import { requestContent, runFromRow, runRow } from './run-row.ts'
import { openTerminal } from './terminal-store.ts'
import { insertWebhook } from './webhook-store.ts'

export interface NewRun {
  readonly id: RunId
  readonly request: RunRequest
  /** The family's name, which lists can be filtered by. Default: what the request says before `@`. */
  readonly family?: string
  readonly labels: Readonly<Record<string, string>>
  readonly priority: number
  /** Default: `default`. */
  readonly pool?: string
  readonly architecture?: string
  readonly maxAttempts: number
  readonly createdAt: Date
  /** The key that submits it; undefined where there are no keys. */
  readonly owner: RunOwner | undefined
  readonly batchId?: BatchId
  readonly webhook?: Webhook
}

export interface RunFilter {
  readonly state?: RunState
  readonly outcome?: OutcomeKind
  /** The family's name. */
  readonly environment?: string
  readonly batchId?: BatchId
  /** Only runs that this key owns. */
  readonly keyId?: KeyId
  readonly label?: { readonly name: string; readonly value: string }
}

export interface RunPage {
  /**
   * Their requests come without what can be large: `files`, `args`, `stdin` and `env` are empty,
   * and they have neither tests nor stages of tests. `find` gives the whole.
   */
  readonly runs: readonly Run[]
  /** The id to continue after; absent on the last page. */
  readonly next?: RunId
}

export interface RunResult {
  readonly outcome: RunOutcome
  readonly stages: readonly StageResult[]
  readonly summary?: TestSummary
  readonly environment?: RunEnvironment
  readonly collected?: RunArtifacts
}

const findRun = prepare((rows, value: Place<{ id: RunId }>) =>
  rows
    .selectFrom('runs')
    .innerJoin('run_requests', 'run_requests.run_id', 'runs.id')
    .selectAll('runs')
    .select(['run_requests.content', 'run_requests.tests'])
    .where('runs.id', '=', value('id')),
)

const insertRun = prepareEach((...columns: readonly string[]) =>
  prepareLoosely((rows, value) =>
    rows.insertInto('runs').values(Object.fromEntries(columns.map(name => [name, value(name)])) as never),
  ),
)

const insertRequest = prepare((rows, value: Place<{ run_id: string; content: string }>) =>
  rows.insertInto('run_requests').values({ run_id: value('run_id'), content: value('content') }),
)

const findState = prepare((rows, value: Place<{ id: RunId }>) =>
  rows.selectFrom('runs').select('state').where('id', '=', value('id')),
)

/** The rows of runs. They are changed in transactions of the lifecycle's, see `src/queue/lifecycle.ts`. */
export class RunStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** A queued run, and the event that says so. */
  async insert(run: NewRun, transaction: StoreTransaction): Promise<void> {
    const { rows } = transaction
    const row = runRow(run, 1)
    await insertRun(...Object.keys(row))(rows, row)
    await insertRequest(rows, { run_id: run.id, content: requestContent(run.request) })
    for (const [name, value] of Object.entries(run.labels)) {
      await rows
        .insertInto('run_labels')
        .values({ run_id: run.id, name, value, key_id: run.owner?.id ?? null })
        .execute()
    }
    if (run.request.interaction !== undefined) await openTerminal(run.id, transaction)
    if (run.webhook !== undefined) await insertWebhook(run.id, run.webhook, transaction)
    const log = { runId: run.id, attempt: 0, lastSequence: 0, at: run.createdAt }
    await insertEvents(log, [{ type: 'state', state: 'queued', attempt: 0 }], transaction)
    await countRun(run.id, { to: 'queued' }, transaction)
  }

  async find(id: RunId, transaction?: StoreTransaction): Promise<Run | undefined> {
    const { rows } = transaction ?? this.#database
    const [row] = await findRun(rows, { id })
    const run = row && runFromRow(row, row)
    // Most runs ask for none, and none has any before its end.
    if (run?.state !== 'finished' || run.request.artifacts.length === 0) return run && { ...run, artifacts: [] }
    const { artifacts, omitted } = await readArtifactInfos(id, rows)
    return { ...run, artifacts, ...(omitted.length > 0 && { artifactsOmitted: omitted }) }
  }

  /** For whoever waits for it: far cheaper than the whole run. Undefined if there is no such run. */
  async stateOf(id: RunId): Promise<RunState | undefined> {
    const [row] = await findState(this.#database.rows, { id })
    return row?.state
  }

  /** What decides who may know of a run. Undefined if there is no such run. */
  async headOf(id: RunId): Promise<{ readonly state: RunState; readonly keyId: KeyId | undefined } | undefined> {
    const row = await this.#database.rows
      .selectFrom('runs')
      .select(['state', 'key_id'])
      .where('id', '=', id)
      .executeTakeFirst()
    return row && { state: row.state, keyId: (row.key_id ?? undefined) as KeyId | undefined }
  }

  /** For whoever runs it: far cheaper than the whole run. A run that is gone is one that was canceled. */
  async isCancelRequested(id: RunId): Promise<boolean> {
    const row = await this.#database.rows
      .selectFrom('runs')
      .select('cancel_requested')
      .where('id', '=', id)
      .executeTakeFirst()
    return row?.cancel_requested !== 0
  }

  /** Newest first. */
  list(filter: RunFilter, page: { readonly limit: number; readonly after?: RunId }): Promise<RunPage> {
    return listRuns(this.#database.rows, filter, page)
  }

  countByState(transaction?: StoreTransaction): Promise<RunCounts> {
    return readRunCounts((transaction ?? this.#database).rows)
  }
}
