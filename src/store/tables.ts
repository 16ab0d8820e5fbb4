import type { OutcomeKind } from '../run/outcome.ts'
import type { OutputStream, RunState, StageName } from '../run/run.ts'
import type { WebhookState } from '../run/webhook.ts'
import type { ImagesTable, OperationEventsTable, OperationsTable, PoolsTable } from './installation-tables.ts'
import type { JobGroupsTable, JobsTable, QueueGroupsTable, QueueLanesTable } from './queue-tables.ts'
import type { WorkerRow } from './worker-store.ts'

/** The rows as the database has them. Times are ms since 1970, truth is 0 or 1, and what is only carried is JSON in text. */
export interface Tables {
  readonly meta: MetaTable
  readonly runs: RunsTable
  readonly run_requests: RunRequestsTable
  readonly run_labels: RunLabelsTable
  readonly run_sizes: RunSizesTable
  readonly run_counts: RunCountsTable
  readonly events: EventsTable
  readonly workers: WorkersTable
  readonly jobs: JobsTable
  readonly queue_groups: QueueGroupsTable
  readonly queue_lanes: QueueLanesTable
  readonly pools: PoolsTable
  readonly job_groups: JobGroupsTable
  readonly artifacts: ArtifactsTable
  readonly artifact_pieces: ArtifactPiecesTable
  readonly artifact_omissions: ArtifactOmissionsTable
  readonly run_terminals: RunTerminalsTable
  readonly run_inputs: RunInputsTable
  readonly idempotency_keys: IdempotencyKeysTable
  readonly webhooks: WebhooksTable
  readonly webhook_deliveries: WebhookDeliveriesTable
  readonly keys: KeysTable
  readonly batches: BatchesTable
  readonly batch_ends: BatchEndsTable
  readonly images: ImagesTable
  readonly operations: OperationsTable
  readonly operation_events: OperationEventsTable
}

export interface MetaTable {
  name: string
  value: string
}

export interface RunsTable {
  id: string
  state: RunState
  /** The family's name, for the filter of lists. */
  family: string
  /** The request without what can be large: that is in `run_requests`, so that lists do not read it. */
  request: string
  labels: string
  priority: number
  attempt: number
  max_attempts: number
  /** Attempts that were handed back unspent. `attempt` is a fence and never goes back. */
  unspent_attempts: number
  cancel_requested: number
  environment: string | null
  outcome_kind: OutcomeKind | null
  outcome: string | null
  stages: string
  /** Of the run's tests. */
  summary: string | null
  worker_id: string | null
  /** Of the run's last event. */
  last_sequence: number
  /** The key that owns it; null where there was none yet. */
  key_id: string | null
  /** The batch that it was submitted in. */
  batch_id: string | null
  pool: string
  /** The only one that may run it; null where any may. */
  architecture: string | null
  created_at: number
  started_at: number | null
  finished_at: number | null
}

export interface RunRequestsTable {
  run_id: string
  content: string
  /** What became of the run's tests: stages, as JSON. Here, because lists do not read it. */
  tests: string | null
}

/** Only where the database is shared; see `postgres/live-bytes.ts`. */
export interface RunSizesTable {
  run_id: string
  bytes: number
}

export interface RunLabelsTable {
  run_id: string
  name: string
  value: string
  /** The run's. */
  key_id: string | null
}

/** How many runs are in each state, cut into shards so that concurrent transactions seldom meet on a row. */
export interface RunCountsTable {
  shard: number
  queued: number
  preparing: number
  running: number
  finished: number
}

export interface EventsTable {
  run_id: string
  sequence: number
  attempt: number
  at: number
  type: string
  /** The body of every event but output. */
  data: string | null
  stage: StageName | null
  /** The index of the test that wrote the output. */
  test: number | null
  stream: OutputStream | null
  bytes: Uint8Array | null
}

export interface ArtifactsTable {
  run_id: string
  path: string
  /** Among those of its run. */
  position: number
  bytes: number
  media_type: string
}

export interface ArtifactPiecesTable {
  run_id: string
  position: number
  piece: number
  content: Uint8Array
}

export interface ArtifactOmissionsTable {
  run_id: string
  omitted: string
}

export interface WorkersTable {
  id: string
  host: string
  process_id: number
  slots: number
  busy_slots: number
  state: WorkerRow['state']
  platform: string | null
  platform_error: string | null
  images: string
  /** JSON. */
  pools: string
  started_at: number
  seen_at: number
}

/** What requests with an `Idempotency-Key` made, for those that are sent again. */
export interface IdempotencyKeysTable {
  /** The API key, or empty. */
  key_id: string
  digest: string
  fingerprint: string
  /** Of the run that was made. Not a reference: the row outlives the run, to say that it is gone. */
  resource_id: string
  created_at: number
}

export interface KeysTable {
  id: string
  name: string
  /** SHA-256 of the secret, in hex. */
  secret_hash: string
  scopes: string
  max_concurrent_runs: number | null
  runs_per_minute: number | null
  limits: string
  environments: string | null
  pools: string | null
  network: number
  /** When the key may again submit as many runs as in a whole minute, in μs since 1970: see `spend-rate.ts`. */
  rate_full_at: number
  created_at: number
  revoked_at: number | null
}

export interface BatchesTable {
  id: string
  key_id: string | null
  /** JSON, in the order of the request. */
  run_ids: string
  total: number
  /** How many of its runs ended, those that were deleted since included. */
  finished: number
  created_at: number
  finished_at: number | null
}

/** The ends of a batch's runs, numbered in the order in which they came. */
export interface BatchEndsTable {
  batch_id: string
  sequence: number
  run_id: string
  outcome_kind: OutcomeKind
  outcome: string
  at: number
}

/** Of each interactive run that has not ended. */
export interface RunTerminalsTable {
  run_id: string
  /** Of the run's last input. */
  last_sequence: number
  /** What its inputs that nobody took yet cost. */
  pending_bytes: number
  /** The token of whoever writes; null while nobody does. */
  writer: string | null
  writer_seen_at: number | null
}

export interface RunInputsTable {
  run_id: string
  sequence: number
  /** Every input but bytes of stdin. */
  data: string | null
  bytes: Uint8Array | null
}

/** Who is to be told of a run's end: a row per run that has a webhook. */
export interface WebhooksTable {
  run_id: string
  url: string
  /** Of the URL. */
  host: string
  /** Gone when nothing is to be signed any more. */
  secret: string | null
  state: WebhookState
  attempts: number
  /** 1 while somebody makes an attempt; `next_attempt_at` is then when he is given up. */
  leased: number
  /** Null where nothing is to be delivered, yet or any more. */
  next_attempt_at: number | null
}

/** What became of each attempt. What the receiver answered is not kept: a webhook is no way to read from a network. */
export interface WebhookDeliveriesTable {
  run_id: string
  number: number
  at: number
  duration_ms: number
  status: number | null
  error: string | null
}
