import { sql } from 'kysely'
import type { RunOwner } from '../run/key.ts'
import { Problem } from '../run/problem.ts'
import type { Database, StoreTransaction } from './database.ts'

const minuteUs = 60_000_000

/** How much of its minute a key has left, as the RateLimit header fields tell it. */
export interface RateState {
  /** Runs that it may submit now. */
  readonly remaining: number
  /** Until it may submit as many as in a whole minute. */
  readonly resetSeconds: number
}

/**
 * A bucket of a minute's runs, which fills at an even pace (GCRA: the bucket is the one instant at which it will be full). It is a
 * column of the key's row, so any number of servers share it, and what rolls back was not spent. Throws `rate-limited`.
 */
export async function spendRate(owner: RunOwner, runs: number, at: Date, transaction: StoreTransaction): Promise<void> {
  if (owner.runsPerMinute === undefined) return
  const nowUs = at.getTime() * 1000
  const costUs = Math.ceil((runs * minuteUs) / owner.runsPerMinute)
  // Written before it is judged: whoever comes at the same instant waits for this row, and a refusal rolls it back.
  const row = await transaction.rows
    .updateTable('keys')
    .set({ rate_full_at: sql`case when rate_full_at > ${nowUs} then rate_full_at else ${nowUs} end + ${costUs}` })
    .where('id', '=', owner.id)
    .returning('rate_full_at')
    .executeTakeFirstOrThrow()
  const overUs = Number(row.rate_full_at) - nowUs - minuteUs
  if (overUs <= roundingUs(owner.runsPerMinute)) return
  throw new Problem('rate-limited', `The key may submit ${owner.runsPerMinute} runs in a minute.`, {
    retryAfterSeconds: overUs / 1_000_000,
  })
}

/** Undefined for a key that may submit any number. */
export async function rateState(
  owner: RunOwner,
  at: Date,
  database: Pick<Database, 'rows'>,
): Promise<RateState | undefined> {
  if (owner.runsPerMinute === undefined) return undefined
  const leftUs = Math.max(0, (await fullAtUs(owner, database)) - at.getTime() * 1000)
  const spareUs = minuteUs + roundingUs(owner.runsPerMinute) - leftUs
  const remaining = Math.floor((spareUs * owner.runsPerMinute) / minuteUs)
  return {
    remaining: Math.min(owner.runsPerMinute, Math.max(0, remaining)),
    resetSeconds: Math.ceil(leftUs / 1_000_000),
  }
}

/** The cost of each run was rounded up by less than a microsecond. */
function roundingUs(runsPerMinute: number): number {
  return runsPerMinute
}

async function fullAtUs(owner: RunOwner, { rows }: Pick<Database, 'rows'>): Promise<number> {
  const row = await rows.selectFrom('keys').select('rate_full_at').where('id', '=', owner.id).executeTakeFirst()
  return row?.rate_full_at ?? 0
}
