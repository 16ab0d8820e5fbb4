import { type Kysely, sql } from 'kysely'
import { type RunId, runOfUuid, uuidOfRun } from '../run/id.ts'
import { bossSchema } from '../store/postgres/postgres-pool.ts'
import type { Tables } from '../store/tables.ts'
import type { Claim } from './queue.ts'

/** One look takes so many. */
const lostPerLook = 100

/** pg-boss counts the claims of a job, and refuses whoever names an earlier one. */
export interface JobAttempt {
  readonly id: string
  readonly retryCount: number
}

/** Each lane has a queue of pg-boss's: within one it keeps priority and order, among them we choose. */
export function queueOfLane(lane: string): string {
  return lane === '' ? 'runs' : `runs/${lane}`
}

/** A claim's token says which claim of which queue's it is. */
export function tokenOf(retryCount: number, lane: string): string {
  return `${retryCount} ${lane}`
}

export function parseToken({ runId, token }: Claim): { readonly job: JobAttempt; readonly lane: string } {
  const space = token.indexOf(' ')
  const job = { id: uuidOfRun(runId), retryCount: Number(token.slice(0, space)) }
  return { job, lane: token.slice(space + 1) }
}

/** Runs whose holder was silent for longer than the lease, by the database's own clock. */
export async function lostJobs(rows: Kysely<Tables>, leaseMs: number): Promise<readonly RunId[]> {
  const found = await sql<{ id: string }>`
    select id from ${sql.table(`${bossSchema}.job`)}
    where state = 'active' and group_id is not null and ${isSilent(leaseMs)}
    order by heartbeat_on limit ${lostPerLook}`.execute(rows)
  return found.rows.map(row => runOfUuid(row.id))
}

/** Locks the job's row. Undefined if its holder has spoken since. */
export async function lockLostJob(
  job: { readonly runId: RunId; readonly lane: string },
  rows: Kysely<Tables>,
  leaseMs: number,
): Promise<JobAttempt | undefined> {
  const { rows: found } = await sql<JobAttempt>`
    select id, retry_count as "retryCount" from ${sql.table(`${bossSchema}.job`)}
    where name = ${queueOfLane(job.lane)} and id = ${uuidOfRun(job.runId)}
      and state = 'active' and ${isSilent(leaseMs)}
    for update`.execute(rows)
  return found[0]
}

/** False if somebody has it, or has it by the time that it is to be had. From then on nobody claims it. */
export async function lockWaitingJob(queue: string, runId: RunId, rows: Kysely<Tables>): Promise<boolean> {
  const { rows: found } = await sql`
    select id from ${sql.table(`${bossSchema}.job`)}
    where name = ${queue} and id = ${uuidOfRun(runId)} and state in ('created', 'retry')
    for update`.execute(rows)
  return found.length > 0
}

/** Of these lanes, which are of one group and pool, the one whose first job comes first. Undefined where there are none. */
export async function firstLane(lanes: readonly string[], rows: Kysely<Tables>): Promise<string | undefined> {
  const [only] = lanes
  if (lanes.length < 2) return only
  const firsts = lanes.map(
    lane => sql`(select ${lane}::text as lane, priority, created_on from ${sql.table(`${bossSchema}.job`)}
      where name = ${queueOfLane(lane)} and state < 'active' and not blocked
      order by priority desc, created_on limit 1)`,
  )
  const { rows: found } = await sql<{ lane: string }>`
    select lane from (${sql.join(firsts, sql` union all `)}) as firsts
    order by priority desc, created_on limit 1`.execute(rows)
  return found[0]?.lane
}

/** pg-boss gives all jobs of a transaction one time. A microsecond between them keeps them in their order. */
export async function putInOrder(queue: string, ids: readonly string[], rows: Kysely<Tables>): Promise<void> {
  await sql`
    update ${sql.table(`${bossSchema}.job`)} as job
    set created_on = job.created_on + place.number * interval '1 microsecond'
    from unnest(${ids}::uuid[]) with ordinality as place (id, number)
    where job.name = ${queue} and job.id = place.id`.execute(rows)
}

function isSilent(leaseMs: number) {
  return sql`heartbeat_on < clock_timestamp() - ${leaseMs} * interval '1 millisecond'`
}
