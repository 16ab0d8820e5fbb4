import type { OperationState } from '../run/operation.ts'

/** Work of the installation's own, such as a pull that somebody asked for. */
export interface OperationsTable {
  id: string
  environment: string
  key_id: string | null
  state: OperationState
  outcome: string | null
  /** A fence, as a run's. */
  attempt: number
  worker_id: string | null
  /** Of the operation's last event. */
  last_sequence: number
  created_at: number
  started_at: number | null
  /** When its worker was last heard of. */
  seen_at: number | null
  finished_at: number | null
}

export interface OperationEventsTable {
  operation_id: string
  sequence: number
  at: number
  body: string
}

/** Images that runs used: a row for each of an engine. */
export interface ImagesTable {
  engine_id: string
  reference: string
  name: string
  version: string
  digest: string
  /** Null where somebody else brought it there. */
  origin: 'pulled' | 'built' | null
  size_bytes: number
  last_used_at: number
}

/** Those that a worker ever served, or an API was told of. */
export interface PoolsTable {
  name: string
}
