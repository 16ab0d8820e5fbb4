import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** Keys are never deleted, only revoked: whoever made a first one does not want to be without again. */
export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('keys')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('secret_hash', 'text', column => column.notNull())
    .addColumn('scopes', 'text', column => column.notNull())
    .addColumn('max_concurrent_runs', 'integer')
    .addColumn('runs_per_minute', 'integer')
    .addColumn('limits', 'text', column => column.notNull())
    .addColumn('environments', 'text')
    .addColumn('network', 'integer', column => column.notNull())
    .addColumn('rate_full_at', 'bigint', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute()
  await schema.alterTable('runs').addColumn('key_id', 'text').execute()
  await schema.alterTable('run_labels').addColumn('key_id', 'text').execute()
  // A key's lists walk its own runs only, whatever they are filtered by. Runs without a key are in none of these.
  const filters = { id: [], state: ['state'], outcome: ['outcome_kind'], family: ['family'] } as const
  for (const [name, columns] of Object.entries(filters)) {
    await schema
      .createIndex(`runs_by_key_and_${name}`)
      .on('runs')
      .columns(['key_id', ...columns, 'id'])
      .where(sql`key_id`, 'is not', null)
      .execute()
  }
  await schema
    .createIndex('run_labels_by_key')
    .on('run_labels')
    .columns(['key_id', 'name', 'value', 'run_id'])
    .where(sql`key_id`, 'is not', null)
    .execute()
}
