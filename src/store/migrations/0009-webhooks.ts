import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('webhooks')
    .addColumn('run_id', 'text', column => column.primaryKey().references('runs.id').onDelete('cascade'))
    .addColumn('url', 'text', column => column.notNull())
    .addColumn('host', 'text', column => column.notNull())
    .addColumn('secret', 'text')
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('attempts', 'integer', column => column.notNull())
    .addColumn('leased', 'integer', column => column.notNull())
    .addColumn('next_attempt_at', 'bigint')
    .execute()
  // What is to be delivered, in its order; with the host, so that those of a busy one are passed over within the index.
  await schema
    .createIndex('webhooks_due')
    .on('webhooks')
    .columns(['next_attempt_at', 'host', 'run_id'])
    .where(sql`next_attempt_at`, 'is not', null)
    .execute()
  await schema
    .createTable('webhook_deliveries')
    .addColumn('run_id', 'text', column => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('number', 'integer', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .addColumn('duration_ms', 'integer', column => column.notNull())
    .addColumn('status', 'integer')
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('webhook_deliveries_key', ['run_id', 'number'])
    .execute()
}
