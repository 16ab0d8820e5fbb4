import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('operations')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('environment', 'text', column => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('attempt', 'integer', column => column.notNull())
    .addColumn('worker_id', 'text')
    .addColumn('last_sequence', 'integer', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('seen_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .execute()
  await schema
    .createIndex('operations_open')
    .on('operations')
    .columns(['id'])
    .where(sql`finished_at`, 'is', null)
    .execute()
  await schema
    .createTable('operation_events')
    .addColumn('operation_id', 'text', column => column.notNull().references('operations.id').onDelete('cascade'))
    .addColumn('sequence', 'integer', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .addColumn('body', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('operation_events_key', ['operation_id', 'sequence'])
    .execute()
}
