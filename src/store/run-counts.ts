import type { Transaction } from 'kysely'
import type { RunId } from '../run/id.ts'
import type { RunState } from '../run/run.ts'
import type { Database, StoreTransaction } from './database.ts'
import { type Place, prepare } from './prepared.ts'
import type { Tables } from './tables.ts'

/** As many as `0001-initial` made. */
const shardCount = 16

export type RunCounts = Readonly<Record<RunState, number>>

const readShards = prepare(rows => rows.selectFrom('run_counts').select(['queued', 'preparing', 'running', 'finished']))

/** Counts by state are kept, not counted: a submit asks for them, and there may be millions of finished runs. */
export async function readRunCounts(rows: Database['rows']): Promise<RunCounts> {
  const shards = await readShards(rows, {})
  const total = { queued: 0, preparing: 0, running: 0, finished: 0 }
  for (const shard of shards) {
    total.queued += shard.queued
    total.preparing += shard.preparing
    total.running += shard.running
    total.finished += shard.finished
  }
  return total
}

/** Tells that a run came to a state, left one, or both. */
export async function countRun(
  id: RunId,
  move: { readonly from?: RunState; readonly to?: RunState },
  transaction: StoreTransaction,
): Promise<void> {
  const { from, to } = move
  if (from === to) return
  if (transaction.countLater) return transaction.countLater(shardOf(id), move)
  await addRunCounts(shardOf(id), { ...(from && { [from]: -1 }), ...(to && { [to]: 1 }) }, transaction.rows)
}

const addToShard = prepare((rows, value: Place<RunCounts & { readonly shard: number }>) =>
  rows
    .updateTable('run_counts')
    .set(row => ({
      queued: row('queued', '+', value('queued')),
      preparing: row('preparing', '+', value('preparing')),
      running: row('running', '+', value('running')),
      finished: row('finished', '+', value('finished')),
    }))
    .where('shard', '=', value('shard')),
)

export async function addRunCounts(
  shard: number,
  changes: Partial<Record<RunState, number>>,
  rows: Transaction<Tables>,
): Promise<void> {
  await addToShard(rows, { queued: 0, preparing: 0, running: 0, finished: 0, ...changes, shard })
}

/** The last character of an id is random. */
function shardOf(id: RunId): number {
  return id.charCodeAt(id.length - 1) % shardCount
}
