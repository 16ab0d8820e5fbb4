import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('images')
    .addColumn('engine_id', 'text', column => column.notNull())
    .addColumn('reference', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('version', 'text', column => column.notNull())
    .addColumn('digest', 'text', column => column.notNull())
    .addColumn('origin', 'text')
    .addColumn('size_bytes', 'bigint', column => column.notNull())
    .addColumn('last_used_at', 'bigint', column => column.notNull())
    .addPrimaryKeyConstraint('images_key', ['engine_id', 'reference'])
    .execute()
}
