import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** Only where pg-boss has the jobs: among whom they are shared, and whose each is. */
export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('queue_groups')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('waiting', 'integer', column => column.notNull())
    .addColumn('running', 'integer', column => column.notNull())
    .addColumn('max_running', 'integer', column => column.notNull())
    .addColumn('served', 'bigint', column => column.notNull())
    .execute()
  await schema
    .createIndex('queue_groups_next')
    .on('queue_groups')
    .columns(['running', 'served'])
    .where(sql<boolean>`waiting > 0 and running < max_running`)
    .execute()
  await schema.createIndex('queue_groups_served').on('queue_groups').column('served').execute()
  await schema
    .createTable('job_groups')
    .addColumn('run_id', 'text', column => column.primaryKey())
    .addColumn('group_id', 'text', column => column.notNull())
    .execute()
}
