import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledQuery, type Kysely, type RootOperationNode } from 'kysely'
import { EmbeddedQueue, takeNext } from '../../src/queue/embedded.ts'
import { lanesServed, type Route } from '../../src/queue/lane.ts'
import { newBatchId } from '../../src/run/batch.ts'
import { newRunId } from '../../src/run/id.ts'
import { newKeyId } from '../../src/run/key.ts'
import type { Serves } from '../../src/run/pool.ts'
import type { Database } from '../../src/store/database.ts'
import { finishedRunsPage } from '../../src/store/finished-runs.ts'
import { forgetIdempotencyKeys } from '../../src/store/idempotency.ts'
import { listRuns } from '../../src/store/list-runs.ts'
import type { RunFilter } from '../../src/store/run-store.ts'
import { openMemoryDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import type { Tables } from '../../src/store/tables.ts'
import { claimDue } from '../../src/store/webhook-store.ts'

/** The steps of SQLite's plans for the queries that `work` makes, of each in turn. */
async function plansOf(database: Database, work: (rows: Kysely<Tables>) => Promise<unknown>): Promise<string[][]> {
  // Those within others are seen as well; what is executed has a result.
  const seen = new Map<string, RootOperationNode>()
  const nodes: RootOperationNode[] = []
  const watched = database.rows.withPlugin({
    transformQuery: ({ queryId, node }) => {
      seen.set(queryId.queryId, node)
      return node
    },
    transformResult: async ({ queryId, result }) => {
      const node = seen.get(queryId.queryId)
      if (node !== undefined) nodes.push(node)
      return result
    },
  })
  await work(watched)
  const plans: string[][] = []
  for (const node of nodes) {
    const { sql, parameters } = database.rows.getExecutor().compileQuery(node, { queryId: 'plan' })
    // A plan needs no values: in their places a query that is built once has something else.
    const values = parameters.map(parameter => (Object(parameter) === parameter ? null : parameter))
    const explained = CompiledQuery.raw(`explain query plan ${sql}`, values)
    plans.push((await database.rows.executeQuery<{ detail: string }>(explained)).rows.map(row => row.detail))
  }
  return plans
}

/** Of the last query. */
async function planOf(database: Database, work: (rows: Kysely<Tables>) => Promise<unknown>): Promise<string[]> {
  return (await plansOf(database, work)).at(-1) ?? []
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
  ['runs_by_batch', { batchId: newBatchId() }],
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

const routes: readonly {
  readonly what: string
  readonly route: Route
  readonly serves: Serves
  readonly index: string
}[] = [
  {
    what: 'for any worker',
    route: { pool: 'default' },
    serves: { pools: ['default'], architecture: 'amd64' },
    index: 'queue_groups_next',
  },
  {
    what: 'of a pool and an architecture',
    route: { pool: 'gpu', architecture: 'arm64' },
    serves: { pools: ['default', 'gpu'], architecture: 'arm64' },
    index: 'queue_lanes_next (pool=? AND architecture=?)',
  },
]

for (const { what, route, serves, index } of routes) {
  test(`the next run ${what} is the first entry of indexes of lanes, and of one of what each has waiting`, async context => {
    const database = await openMemoryDatabase()
    const queue = new EmbeddedQueue({ database })
    context.after(async () => {
      await queue.close()
      await database.close()
    })
    const job = { runId: newRunId(), priority: 0, group: { id: 'a', maxRunning: 1 }, route }
    await database.transaction(transaction => queue.enqueue(job, transaction))
    const plans = await plansOf(database, rows => takeNext({ workerId: 'worker', token: 'token', serves }, { rows }))
    const served = lanesServed(serves).length
    const [lanes, [take = [], ...counts]] = [plans.slice(0, served), plans.slice(served)]
    assert.equal(counts.length, route.pool === 'default' ? 1 : 2)
    assertWalks(read(lanes.flat()), index)
    assertWalks(read(take), 'jobs_waiting (group_id=?)')
    assertWalks(counts.flat(), 'queue_groups_served')
    assertWalks(counts.flat(), 'queue_lanes_served')
    // A lane is found by walking its index from the start, and the greatest turn is the end of an index.
    const scans = plans.flat().filter(step => step.startsWith('SCAN'))
    assert.ok(
      scans.every(step => /INDEX queue_(groups|lanes)_(next|served)|^SCAN (first|next|turns)$|CONSTANT ROW/.test(step)),
      plans.flat().join('\n'),
    )
  })
}

/** Without the sorts of what was read already: the first entry of each lane. */
function read(plan: readonly string[]): readonly string[] {
  return plan.filter(
    (step, index) => !(step.includes('TEMP B-TREE') && /^SCAN (first|next)$/.test(plan[index - 1] ?? '')),
  )
}

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

test('the webhook that is due is the first entry of webhooks_due, and busy hosts are passed over within it', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  for (const busyHosts of [[], ['a.example', 'b.example']]) {
    const options = { now: new Date(), leaseMs: 1, busyHosts }
    const plan = await planOf(database, rows => claimDue(options, { rows }))
    assertWalks(plan, 'COVERING INDEX webhooks_due')
  }
})
