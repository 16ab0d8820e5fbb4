import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'
import { bossSchema, schema } from './postgres-pool.ts'

/** pg-boss's jobs come and go with our rows. */
const schemas = [schema, bossSchema]
/**
 * What the rows of a run take beside what is counted, indexes included: measured with runs that print one line. More than they really take would let
 * retention delete more than it must.
 */
const runBytes = 2_048
/** The same for an event. */
const eventBytes = 192

/** A place in the order in which runs ended. */
export interface EndPlace {
  readonly finishedAt: number
  readonly id: string
}

/** Finished runs in the order of their ends, and whether what they take is noted. */
export async function endsAfter(
  rows: Kysely<Tables>,
  after: EndPlace,
  limit: number,
): Promise<readonly (EndPlace & { readonly isNoted: boolean })[]> {
  const { rows: page } = await sql<EndPlace & { readonly isNoted: boolean }>`
    select runs.id, finished_at as "finishedAt", run_sizes.run_id is not null as "isNoted"
    from runs left join run_sizes on run_sizes.run_id = runs.id
    where (finished_at, runs.id) > (${after.finishedAt}, ${after.id})
    order by finished_at, runs.id limit ${limit}`.execute(rows)
  return page
}

/** Notes what these take. `pg_column_size` is what PostgreSQL keeps, compressed, and does not read it. */
export async function noteSizes(rows: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  await sql`
    insert into run_sizes (run_id, bytes)
    select id, ${runBytes}::bigint + pg_column_size(request) + pg_column_size(labels) + pg_column_size(stages)
      + coalesce((select sum(pg_column_size(content) + coalesce(pg_column_size(tests), 0)) from run_requests where run_id = id), 0)
      + coalesce((select sum(${eventBytes} + coalesce(pg_column_size(bytes), 0) + coalesce(pg_column_size(data), 0)) from events where run_id = id), 0)
      + coalesce((select sum(pg_column_size(content)) from artifact_pieces where run_id = id), 0)
    from (select * from runs where id = any(${ids}) order by id for key share skip locked) as kept
    on conflict do nothing`.execute(rows)
}

/**
 * What the rows of all runs take. What deleted rows left is not counted, whether or not a vacuum was there yet: it is used again. Never more than the
 * tables have in files.
 */
export async function readLiveBytes(rows: Kysely<Tables>): Promise<number> {
  const { rows: found } = await sql<{ liveBytes: number; fileBytes: number }>`
    select
      sized.bytes
        -- Those that nobody noted yet are as the others are.
        + greatest(0, counted.finished - sized.runs) * (case when sized.runs = 0 then ${runBytes} else sized.bytes / sized.runs end)
        + waiting.runs * ${runBytes}::bigint + waiting.bytes + running.bytes as "liveBytes",
      files.bytes as "fileBytes"
    from
      (select count(*) as runs, coalesce(sum(bytes), 0)::bigint as bytes from run_sizes) as sized,
      (select coalesce(sum(finished), 0)::bigint as finished from run_counts) as counted,
      (select count(*) as runs, coalesce(sum(pg_column_size(content)), 0)::bigint as bytes
        from runs join run_requests on run_id = id where state in ('queued', 'preparing', 'running')) as waiting,
      (select coalesce(sum(${eventBytes} + coalesce(pg_column_size(events.bytes), 0)), 0)::bigint as bytes
        from runs join events on run_id = id where state in ('preparing', 'running')) as running,
      (select coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint as bytes
        from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = any(${schemas}) and relkind = 'r') as files`.execute(rows)
  const { liveBytes = 0, fileBytes = 0 } = found[0] ?? {}
  return Math.min(Number(liveBytes), Number(fileBytes))
}
