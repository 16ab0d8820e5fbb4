import type { Generated } from 'kysely'

/** The embedded queue: a row per run that still needs a worker. */
export interface JobsTable {
  /** The place in the queue, never used twice. */
  sequence: Generated<number>
  run_id: string
  /** Of its lane: see `src/queue/lane.ts`. */
  group_id: string
  priority: number
  /** Of the claim that holds it; null while it waits. */
  token: string | null
  worker_id: string | null
}

/** In which lane each job of pg-boss is. */
export interface JobGroupsTable {
  run_id: string
  group_id: string
}

/**
 * Among whom the queue shares its claims: a row per key, and an empty one for all that has none. It is the row that is locked before any
 * of the group's changes.
 */
export interface QueueGroupsTable {
  id: string
  /** In the main lane: of the default pool, for any architecture. */
  waiting: number
  /** Of the default pool, held by a worker. */
  running: number
  /** Of all other pools. */
  elsewhere: Generated<number>
  /** Of all pools together. */
  max_running: number
  /** Grows with each claim: the group with the least was served longest ago. In the default pool. */
  served: number
  /** How many rows in `queue_lanes` it has. */
  lanes: Generated<number>
}

/**
 * The lanes of a group beside its main one. All but `waiting` is of the group's whole pool, and repeated here so that the next lane is the
 * first entry of an index.
 */
export interface QueueLanesTable {
  id: string
  group_id: string
  pool: string
  /** Empty: any. */
  architecture: string
  waiting: number
  running: number
  elsewhere: number
  max_running: number
  served: number
}
