import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up({ schema }: Kysely<Tables>): Promise<void> {
  // The finished runs in the order in which they go.
  await schema.createIndex('runs_by_end').on('runs').columns(['finished_at', 'id']).execute()
}
