import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('batches')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('key_id', 'text')
    .addColumn('run_ids', 'text', column => column.notNull())
    .addColumn('total', 'integer', column => column.notNull())
    .addColumn('finished', 'integer', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('finished_at', 'bigint')
    .execute()
  await schema
    .createTable('batch_ends')
    .addColumn('batch_id', 'text', column => column.notNull().references('batches.id').onDelete('cascade'))
    .addColumn('sequence', 'integer', column => column.notNull())
    .addColumn('run_id', 'text', column => column.notNull())
    .addColumn('outcome_kind', 'text', column => column.notNull())
    .addColumn('outcome', 'text', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .addPrimaryKeyConstraint('batch_ends_key', ['batch_id', 'sequence'])
    .execute()
  // Not a reference: a batch goes when its last run does.
  await schema.alterTable('runs').addColumn('batch_id', 'text').execute()
  await schema
    .createIndex('runs_by_batch')
    .on('runs')
    .columns(['batch_id', 'id'])
    .where(sql`batch_id`, 'is not', null)
    .execute()
}
