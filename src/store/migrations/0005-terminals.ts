import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** What is typed into interactive runs, on its way to their workers. A run has a row from its beginning to its end. */
export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('run_terminals')
    .addColumn('run_id', 'text', column => column.primaryKey().references('runs.id').onDelete('cascade'))
    .addColumn('last_sequence', 'integer', column => column.notNull())
    .addColumn('pending_bytes', 'integer', column => column.notNull())
    .addColumn('writer', 'text')
    .addColumn('writer_seen_at', 'bigint')
    .execute()
  await schema
    .createTable('run_inputs')
    .addColumn('run_id', 'text', column => column.notNull().references('run_terminals.run_id').onDelete('cascade'))
    .addColumn('sequence', 'integer', column => column.notNull())
    .addColumn('data', 'text')
    .addColumn('bytes', 'blob')
    .addPrimaryKeyConstraint('run_inputs_key', ['run_id', 'sequence'])
    .execute()
}
