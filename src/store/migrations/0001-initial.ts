import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

const countShards = 16

export async function up(database: Kysely<Tables>): Promise<void> {
  const { schema } = database
  await schema
    .createTable('meta')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('value', 'text', column => column.notNull())
    .execute()
  await createRuns(database)
  await createEvents(database)
  await createCounts(database)
  await schema
    .createTable('workers')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('host', 'text', column => column.notNull())
    .addColumn('process_id', 'integer', column => column.notNull())
    .addColumn('slots', 'integer', column => column.notNull())
    .addColumn('busy_slots', 'integer', column => column.notNull())
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('platform', 'text')
    .addColumn('platform_error', 'text')
    .addColumn('images', 'text', column => column.notNull())
    .addColumn('started_at', 'bigint', column => column.notNull())
    .addColumn('seen_at', 'bigint', column => column.notNull())
    .execute()
}

async function createRuns({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('runs')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('family', 'text', column => column.notNull())
    .addColumn('request', 'text', column => column.notNull())
    .addColumn('labels', 'text', column => column.notNull())
    .addColumn('priority', 'integer', column => column.notNull())
    .addColumn('attempt', 'integer', column => column.notNull())
    .addColumn('max_attempts', 'integer', column => column.notNull())
    .addColumn('unspent_attempts', 'integer', column => column.notNull())
    .addColumn('cancel_requested', 'integer', column => column.notNull())
    .addColumn('environment', 'text')
    .addColumn('outcome_kind', 'text')
    .addColumn('outcome', 'text')
    .addColumn('stages', 'text', column => column.notNull())
    .addColumn('worker_id', 'text')
    .addColumn('last_sequence', 'integer', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .execute()
  // Ids sort by time: each of these gives a filtered list, newest first, without sorting.
  await schema.createIndex('runs_by_state').on('runs').columns(['state', 'id']).execute()
  await schema.createIndex('runs_by_outcome').on('runs').columns(['outcome_kind', 'id']).execute()
  await schema.createIndex('runs_by_family').on('runs').columns(['family', 'id']).execute()
  await schema
    .createTable('run_requests')
    .addColumn('run_id', 'text', column => column.primaryKey().references('runs.id').onDelete('cascade'))
    .addColumn('content', 'text', column => column.notNull())
    .execute()
  await schema
    .createTable('run_labels')
    .addColumn('run_id', 'text', column => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('value', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('run_labels_key', ['run_id', 'name'])
    .execute()
  await schema.createIndex('run_labels_by_value').on('run_labels').columns(['name', 'value', 'run_id']).execute()
}

async function createEvents({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('events')
    .addColumn('run_id', 'text', column => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('sequence', 'integer', column => column.notNull())
    .addColumn('attempt', 'integer', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .addColumn('type', 'text', column => column.notNull())
    .addColumn('data', 'text')
    .addColumn('stage', 'text')
    .addColumn('stream', 'text')
    .addColumn('bytes', 'blob')
    .addPrimaryKeyConstraint('events_key', ['run_id', 'sequence'])
    .execute()
}

async function createCounts(database: Kysely<Tables>): Promise<void> {
  await database.schema
    .createTable('run_counts')
    .addColumn('shard', 'integer', column => column.primaryKey())
    .addColumn('queued', 'integer', column => column.notNull())
    .addColumn('preparing', 'integer', column => column.notNull())
    .addColumn('running', 'integer', column => column.notNull())
    .addColumn('finished', 'integer', column => column.notNull())
    .execute()
  const shards = Array.from({ length: countShards }, (_, shard) => shard)
  const rows = shards.map(shard => ({ shard, queued: 0, preparing: 0, running: 0, finished: 0 }))
  await database.insertInto('run_counts').values(rows).execute()
}
