import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** The bytes apart from what is known of them, and in pieces: no query has to read a whole file, or all files of a run. */
export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('artifacts')
    .addColumn('run_id', 'text', column => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('path', 'text', column => column.notNull())
    .addColumn('position', 'integer', column => column.notNull())
    .addColumn('bytes', 'bigint', column => column.notNull())
    .addColumn('media_type', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('artifacts_key', ['run_id', 'path'])
    .execute()
  await schema
    .createTable('artifact_pieces')
    .addColumn('run_id', 'text', column => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('position', 'integer', column => column.notNull())
    .addColumn('piece', 'integer', column => column.notNull())
    .addColumn('content', 'blob', column => column.notNull())
    .addPrimaryKeyConstraint('artifact_pieces_key', ['run_id', 'position', 'piece'])
    .execute()
  await schema
    .createTable('artifact_omissions')
    .addColumn('run_id', 'text', column => column.primaryKey().references('runs.id').onDelete('cascade'))
    .addColumn('omitted', 'text', column => column.notNull())
    .execute()
}
