import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** Only where the database is the queue as well. What waited before is of the group of all that have no key. */
export async function up(database: Kysely<Tables>): Promise<void> {
  const { schema } = database
  await schema
    .createTable('queue_groups')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('waiting', 'integer', column => column.notNull())
    .addColumn('running', 'integer', column => column.notNull())
    .addColumn('max_running', 'integer', column => column.notNull())
    .addColumn('served', 'integer', column => column.notNull())
    .execute()
  // The groups that may be served, in the order in which they are: the next one is the first entry, however many there are.
  await schema
    .createIndex('queue_groups_next')
    .on('queue_groups')
    .columns(['running', 'served'])
    .where(sql<boolean>`waiting > 0 and running < max_running`)
    .execute()
  await schema.createIndex('queue_groups_served').on('queue_groups').column('served').execute()
  await schema
    .alterTable('jobs')
    .addColumn('group_id', 'text', column => column.notNull().defaultTo(''))
    .execute()
  await schema.dropIndex('jobs_waiting').execute()
  await schema
    .createIndex('jobs_waiting')
    .on('jobs')
    .columns(['group_id', 'priority desc', 'sequence'])
    .where(sql`token`, 'is', null)
    .execute()
  await sql`
    insert into queue_groups (id, waiting, running, max_running, served)
    select group_id, count(*) - count(token), count(token), ${2 ** 31 - 1}, 0 from jobs group by group_id`.execute(
    database,
  )
}
