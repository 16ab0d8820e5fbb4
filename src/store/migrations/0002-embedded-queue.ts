import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** Only where the database is the queue as well. */
export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('jobs')
    .addColumn('sequence', 'integer', column => column.primaryKey().autoIncrement())
    .addColumn('run_id', 'text', column => column.notNull().unique())
    .addColumn('priority', 'integer', column => column.notNull())
    .addColumn('token', 'text')
    .addColumn('worker_id', 'text')
    .execute()
  // What waits, in the order in which it is taken: the next one is the first entry, however many there are.
  await schema
    .createIndex('jobs_waiting')
    .on('jobs')
    .columns(['priority desc', 'sequence'])
    .where(sql`token`, 'is', null)
    .execute()
  await schema.createIndex('jobs_claimed').on('jobs').column('token').where(sql`token`, 'is not', null).execute()
}
