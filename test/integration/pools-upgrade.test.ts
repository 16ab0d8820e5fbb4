import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Kysely, sql } from 'kysely'
import { countEnqueued } from '../../src/queue/groups.ts'
import { laneFor } from '../../src/queue/lane.ts'
import { nextLane } from '../../src/queue/next-lane.ts'
import { newRunId, type RunId } from '../../src/run/id.ts'
import { up as initial } from '../../src/store/migrations/0001-initial.ts'
import { up as embeddedQueue } from '../../src/store/migrations/0002-embedded-queue.ts'
import { up as keys } from '../../src/store/migrations/0007-keys.ts'
import { up as queueGroups } from '../../src/store/migrations/0007-queue-groups.ts'
import { up as batches } from '../../src/store/migrations/0010-batches.ts'
import { up as retention } from '../../src/store/migrations/0011-retention.ts'
import { up as pools } from '../../src/store/migrations/0019-pools.ts'
import { RunStore } from '../../src/store/run-store.ts'
import { NodeSqlite } from '../../src/store/sqlite/node-sqlite.ts'
import { NodeSqliteDialect } from '../../src/store/sqlite/node-sqlite-dialect.ts'
import { openMemoryDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import type { Tables } from '../../src/store/tables.ts'
import { WorkerStore } from '../../src/store/worker-store.ts'
import { TestPostgres } from '../support/postgres.ts'
import { openShared } from '../support/shared-house.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

/** As the version before pools inserts a run, its place in the queue, and a worker. */
async function insertAsBefore(rows: Kysely<Tables>, groupId: string): Promise<RunId> {
  const id = newRunId()
  await sql`insert into runs (id, state, family, request, labels, priority, attempt, max_attempts, unspent_attempts,
      cancel_requested, stages, last_sequence, key_id, created_at)
    values (${id}, 'queued', 'python', '{"environment":"python"}', '{}', 0, 0, 3, 0, 0, '[]', 0, null, 1)`.execute(rows)
  await sql`insert into run_requests (run_id, content) values (${id}, '{}')`.execute(rows)
  await sql`insert into queue_groups (id, waiting, running, max_running, served) values (${groupId}, 1, 0, 100, 0)
    on conflict (id) do update set waiting = queue_groups.waiting + 1, max_running = 100`.execute(rows)
  await sql`insert into workers (id, host, process_id, slots, busy_slots, state, images, started_at, seen_at)
    values (${id}, 'old', 1, 1, 0, 'ready', '[]', 1, 1)`.execute(rows)
  return id
}

/** As the workers of the version before choose whose turn it is. */
async function nextAsBefore(rows: Kysely<Tables>): Promise<string | undefined> {
  const { rows: found } = await sql<{ id: string }>`select id from queue_groups
    where waiting > 0 and running < max_running order by running, served limit 1`.execute(rows)
  return found[0]?.id
}

test('what was there before the upgrade is of the default pool after it', async context => {
  const sqlite = new NodeSqlite(':memory:', { busyTimeoutMs: 100 })
  context.after(() => sqlite.close())
  const rows = new Kysely<Tables>({ dialect: new NodeSqliteDialect(sqlite) })
  for (const up of [initial, embeddedQueue, keys, queueGroups, batches, retention]) await up(rows)
  const id = await insertAsBefore(rows, '')
  await pools(rows)
  const [run] = await rows.selectFrom('runs').select(['id', 'pool', 'architecture']).execute()
  assert.deepEqual([run?.id, run?.pool, run?.architecture], [id, 'default', null])
  assert.equal(await nextLane({ pools: ['default'], architecture: 'arm64' }, { rows }), '')
  assert.equal(await nextLane({ pools: ['gpu'], architecture: 'arm64' }, { rows }), undefined)
  const [worker] = await rows.selectFrom('workers').select('pools').execute()
  assert.equal(worker?.pools, '["default"]')
})

const shapes = {
  'an embedded database': async () => {
    const database = await openMemoryDatabase()
    return { database, close: () => database.close() }
  },
  'a shared database': async () => await openShared(await postgres.createDatabase()),
}

for (const [shape, open] of Object.entries(shapes)) {
  test(`the version before works beside this one on ${shape}, in the default pool`, async context => {
    const { database, close } = await open()
    context.after(() => close())
    const { rows } = database
    // What this version queues elsewhere is nothing that the other one sees.
    for (const route of [{ pool: 'gpu' }, { pool: 'default', architecture: 'arm64' }]) {
      const group = { id: 'key', maxRunning: 1 }
      await database.transaction(transaction => countEnqueued(laneFor(group.id, route), group, transaction))
    }
    assert.equal(await nextAsBefore(rows), undefined)
    const id = await insertAsBefore(rows, 'key')
    assert.equal(await nextAsBefore(rows), 'key')
    assert.equal(await nextLane({ pools: ['default'] }, { rows }), 'key')
    const run = await new RunStore(database).find(id)
    assert.deepEqual([run?.pool, run?.architecture], ['default', undefined])
    const [worker] = await new WorkerStore(database).list(new Date(0))
    assert.deepEqual(worker?.pools, ['default'])
  })
}
