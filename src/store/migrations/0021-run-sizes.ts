import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** What each finished run takes, where the database does not tell what all take together. It is found out some seconds after the run's end. */
export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('run_sizes')
    .addColumn('run_id', 'text', column => column.primaryKey().references('runs.id').onDelete('cascade'))
    .addColumn('bytes', 'bigint', column => column.notNull())
    .execute()
}
