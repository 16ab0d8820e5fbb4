import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/**
 * What was there before is of the default pool and of any architecture, and so is what an older version goes on inserting. It knows
 * nothing of `queue_lanes`, so its workers take nothing that is not for them.
 */
export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .alterTable('runs')
    .addColumn('pool', 'text', column => column.notNull().defaultTo('default'))
    .execute()
  await schema.alterTable('runs').addColumn('architecture', 'text').execute()
  await schema
    .alterTable('workers')
    .addColumn('pools', 'text', column => column.notNull().defaultTo('["default"]'))
    .execute()
  await schema.alterTable('keys').addColumn('pools', 'text').execute()
  await schema
    .createTable('pools')
    .addColumn('name', 'text', column => column.primaryKey())
    .execute()
  for (const name of ['elsewhere', 'lanes']) {
    await schema
      .alterTable('queue_groups')
      .addColumn(name, 'integer', column => column.notNull().defaultTo(0))
      .execute()
  }
  await schema.dropIndex('queue_groups_next').execute()
  await schema
    .createIndex('queue_groups_next')
    .on('queue_groups')
    .columns(['running', 'served'])
    .where(sql<boolean>`waiting > 0 and max_running > running + elsewhere`)
    .execute()
  await schema
    .createTable('queue_lanes')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('group_id', 'text', column => column.notNull())
    .addColumn('pool', 'text', column => column.notNull())
    .addColumn('architecture', 'text', column => column.notNull())
    .addColumn('waiting', 'integer', column => column.notNull())
    .addColumn('running', 'integer', column => column.notNull())
    .addColumn('elsewhere', 'integer', column => column.notNull())
    .addColumn('max_running', 'integer', column => column.notNull())
    .addColumn('served', 'bigint', column => column.notNull())
    .execute()
  await schema
    .createIndex('queue_lanes_next')
    .on('queue_lanes')
    .columns(['pool', 'architecture', 'running', 'served'])
    .where(sql<boolean>`waiting > 0 and max_running > running + elsewhere`)
    .execute()
  await schema.createIndex('queue_lanes_served').on('queue_lanes').column('served').execute()
  await schema.createIndex('queue_lanes_by_group').on('queue_lanes').column('group_id').execute()
}
