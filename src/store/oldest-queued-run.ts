import type { Database } from './database.ts'

/** When the run that waits longest was made; undefined when none waits. The first entry of an index, however many wait. */
export async function oldestQueuedRun({ rows }: Pick<Database, 'rows'>): Promise<Date | undefined> {
  const oldest = await rows
    .selectFrom('runs')
    .select('created_at')
    .where('state', '=', 'queued')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return oldest && new Date(oldest.created_at)
}
