import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledQuery, type Kysely, type RootOperationNode } from 'kysely'
import { takeNext } from '../../src/queue/embedded.ts'
import { newRunId } from '../../src/run/id.ts'
import { newKeyId } from '../../src/run/key.ts'
import type { Database } from '../../src/store/database.ts'
import { finishedRunsPage } from '../../src/store/finished-runs.ts'
import { forgetIdempotencyKeys } from '../../src/store/idempotency.ts'
import { listRuns } from '../../src/store/list-runs.ts'
import type { RunFilter } from '../../src/store/run-store.ts'
import { openMemoryDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import type { Tables } from '../../src/store/tables.ts'

/** The steps of SQLite's plan for the last query that `work` makes. */
async function planOf(database: Database, work: (rows: Kysely<Tables>) => Promise<unknown>): Promise<string[]> {
  let node: RootOperationNode | undefined
  const watched = database.rows.withPlugin({
    transformQuery: args => {
      node = args.node
      return args.node
    },
    transformResult: async args => args.result,
  })
  await work(watched)
  assert.ok(node)
  const { sql, parameters } = database.rows.getExecutor().compileQuery(node, { queryId: 'plan' })
  const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])
  return (await database.rows.executeQuery<{ detail: string }>(explained)).rows.map(row => row.detail)
}

function assertWalks(plan: readonly string[], index: string): void {
  const text = plan.join('\n')
  assert.ok(text.includes(index), `not by ${index}:\n${text}`)
  assert.ok(!/TEMP B-TREE|SCAN runs$/m.test(text), `sorts or scans:\n${text}`)
}

const keyId = newKeyId()

const filters: readonly (readonly [string, RunFilter])[] = [
  ['sqlite_autoindex_runs_1', {}],
  ['runs_by_state', { state: 'queued' }],
  ['runs_by_outcome', { outcome: 'exited' }],
  ['runs_by_family', { environment: 'go' }],
  ['run_labels_by_value', { label: { name: 'a', value: 'b' } }],
  ['run_labels_by_value', { label: { name: 'a', value: 'b' }, state: 'finished' }],
  ['runs_by_key_and_id', { keyId }],
  ['runs_by_key_and_state', { keyId, state: 'queued' }],
  ['runs_by_key_and_outcome', { keyId, outcome: 'exited' }],
  ['runs_by_key_and_family', { keyId, environment: 'go' }],
  ['run_labels_by_key', { keyId, label: { name: 'a', value: 'b' } }],
]

for (const [index, filter] of filters) {
  test(`a page of runs with ${JSON.stringify(filter)} is read off ${index} in its order`, async context => {
    const database = await openMemoryDatabase()
    context.after(() => database.close())
    const page = { limit: 20, after: newRunId() }
    assertWalks(await planOf(database, rows => listRuns(rows, filter, page)), index)
  })
}

test('the next run is the first entry of jobs_waiting', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const plan = await planOf(database, rows => takeNext('worker', 'token', { rows }))
  assertWalks(plan, 'jobs_waiting')
  assert.ok(!plan.some(step => step.startsWith('SCAN') && !step.includes('jobs_waiting')), plan.join('\n'))
})

for (const after of [undefined, { id: newRunId(), finishedAt: new Date() }]) {
  test(`the oldest runs${after ? ' after one' : ''} are read off runs_by_end in its order`, async context => {
    const database = await openMemoryDatabase()
    context.after(() => database.close())
    assertWalks(await planOf(database, rows => finishedRunsPage({ rows }, after)), 'INDEX runs_by_end (')
  })
}

test('old idempotency keys are found by their age', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const forget = (rows: Kysely<Tables>) => forgetIdempotencyKeys({ before: new Date(), limit: 10 }, { rows })
  assertWalks(await planOf(database, forget), 'idempotency_keys_by_age')
})
