import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema.alterTable('events').addColumn('test', 'integer').execute()
  await schema.alterTable('runs').addColumn('summary', 'text').execute()
  await schema.alterTable('run_requests').addColumn('tests', 'text').execute()
  // Each test's output is asked for by itself: without it, each time all of the run's would be read.
  await schema
    .createIndex('events_by_test')
    .on('events')
    .columns(['run_id', 'test', 'sequence'])
    .where(sql`test`, 'is not', null)
    .execute()
}
