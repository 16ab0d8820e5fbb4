import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { newBatchId } from '../../src/run/batch.ts'
import type { RunId } from '../../src/run/id.ts'
import type { KeyId } from '../../src/run/key.ts'
import { Problem } from '../../src/run/problem.ts'
import { bossSchema } from '../../src/store/postgres/postgres-pool.ts'
import { type ExampleHouse, exampleHouse } from '../support/example-house.ts'
import { exampleRun } from '../support/example-run.ts'
import { TestPostgres } from '../support/postgres.ts'
import { openShared } from '../support/shared-house.ts'

const exited = { outcome: { kind: 'exited', code: 0 }, stages: [] } as const
const environment = { name: 'python', version: '3', digest: 'sha256:1' } as const
const output = { type: 'output', stage: 'run', stream: 'stdout', bytes: Buffer.from('x') } as const

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

/** As many processes as there are houses, on one database. */
async function houses(
  context: TestContext,
  count: number,
  {
    maxQueuedRuns = 100_000,
    maxQueuedRunsPerKey,
    ...options
  }: { readonly leaseMs?: number; readonly maxQueuedRuns?: number; readonly maxQueuedRunsPerKey?: number } = {},
) {
  const url = await postgres.createDatabase()
  // All at once: each would make the schema.
  const shared = await Promise.all(
    Array.from({ length: count }, () => openShared(url, { pollIntervalMs: 200, ...options })),
  )
  context.after(() => Promise.all(shared.map(({ close }) => close())))
  return shared.map(({ database, queue }) => exampleHouse(database, { queue, maxQueuedRuns, maxQueuedRunsPerKey }))
}

/** Every run has one end and a log without gaps, and all counts are those that counting gives. */
async function assertSound(house: ExampleHouse, ids: readonly RunId[]): Promise<void> {
  const { rows } = house.database
  const counted = { queued: 0, preparing: 0, running: 0, finished: 0 }
  for (const id of ids) {
    const run = await house.runs.find(id)
    assert.ok(run, id)
    counted[run.state] += 1
    const log = await house.events.read(id, { after: 0, limit: 10_000 })
    assert.deepEqual(
      log.map(event => event.sequence),
      log.map((_, index) => index + 1),
    )
    assert.equal(log.filter(event => event.type === 'finished').length, run.state === 'finished' ? 1 : 0)
  }
  assert.deepEqual(await house.runs.countByState(), counted)
  const groups = await rows.selectFrom('queue_groups').select(['id', 'waiting', 'running']).orderBy('id').execute()
  const { rows: jobs } = await sql<{ name: string; waiting: number; running: number }>`
    select name, count(*) filter (where state < 'active')::int as waiting, count(*) filter (where state = 'active')::int as running
    from ${sql.table(`${bossSchema}.job`)} group by name`.execute(rows)
  for (const { id, waiting, running } of groups) {
    const real = jobs.find(({ name }) => name === (id === '' ? 'runs' : `runs/${id}`)) ?? { waiting: 0, running: 0 }
    assert.deepEqual({ waiting, running }, { waiting: real.waiting, running: real.running }, `the group "${id}"`)
  }
}

test('several processes work off what several submit and cancel, each run once, without a standstill', {
  timeout: 120_000,
}, async context => {
  const all = await houses(context, 4)
  const [first] = all as [ExampleHouse]
  const stop = new AbortController()
  const ids: RunId[] = []
  const attempts = new Map<RunId, number>()
  const owners = ['one', 'two', 'three'].map(id => ({ id: id as KeyId, maxConcurrentRuns: 3 }))
  const held = new Map<string, number>()
  const hold = (keyId: KeyId | undefined, change: number) => {
    if (keyId === undefined) return
    const count = (held.get(keyId) ?? 0) + change
    held.set(keyId, count)
    assert.ok(count <= 3, `${keyId} has ${count} runs at the same time`)
  }

  const submit = async (house: ExampleHouse, seed: number) => {
    for (let count = 0; count < 12; count += 1) {
      const owner = owners[(seed + count) % owners.length]
      if (count % 4 === 3) {
        const runs = Array.from({ length: 6 }, () => exampleRun({ owner, maxAttempts: 50 }))
        const batchId = newBatchId()
        const batch = { id: batchId, runIds: runs.map(run => run.id), keyId: owner?.id, createdAt: new Date() }
        await house.lifecycle.submitBatch(
          batch,
          runs.map(run => ({ ...run, batchId })),
        )
        ids.push(...batch.runIds)
        if (count % 8 === 7) await house.lifecycle.cancelBatch(batchId)
      } else {
        const run = exampleRun({ owner: count % 3 === 0 ? undefined : owner, priority: count % 3, maxAttempts: 50 })
        ids.push((await house.lifecycle.submit(run)).id)
        if (count % 5 === 4) await house.lifecycle.cancel(run.id)
      }
    }
  }
  const work = async (house: ExampleHouse, name: string) => {
    while (!stop.signal.aborted) {
      const claim = await house.queue.claim(name, stop.signal)
      const lease = claim && (await house.lifecycle.begin(claim, name))
      if (lease === undefined) continue
      hold(lease.run.keyId, 1)
      attempts.set(lease.run.id, (attempts.get(lease.run.id) ?? 0) + 1)
      assert.equal(await house.lifecycle.running(lease, environment), true)
      await Promise.all([house.lifecycle.append(lease, [output]), house.lifecycle.append(lease, [output, output])])
      hold(lease.run.keyId, -1)
      const done =
        (attempts.get(lease.run.id) ?? 0) % 2 === 1 && ids.indexOf(lease.run.id) % 5 === 0
          ? house.lifecycle.handBack(lease, { spendAttempt: false })
          : house.lifecycle.finish(lease, exited, [output])
      assert.equal(await done, true)
    }
  }
  const workers = all.flatMap((house, index) => [work(house, `a${index}`), work(house, `b${index}`)])
  await Promise.all(all.map((house, index) => submit(house, index)))
  const isDone = async () => (await first.runs.countByState()).finished === ids.length
  for (let look = 0; !(await isDone()) && look < 600; look += 1) await new Promise(resolve => setTimeout(resolve, 50))
  stop.abort()
  await Promise.all(workers)
  assert.equal((await first.runs.countByState()).finished, ids.length)
  await assertSound(first, ids)
})

test('no process gets what another one holds, until its holder has been silent for a lease; then he is refused', async context => {
  const [one, other] = (await houses(context, 2, { leaseMs: 500 })) as [ExampleHouse, ExampleHouse]
  const { id } = await one.lifecycle.submit(exampleRun())
  const claim = await one.queue.claim('one', AbortSignal.timeout(5_000))
  assert.ok(claim)
  const lease = await one.lifecycle.begin(claim, 'one')
  assert.ok(lease)
  // As long as he speaks, nothing is lost, however long that is.
  const untilMs = performance.now() + 1_500
  while (performance.now() < untilMs) {
    assert.equal(await one.queue.heartbeat(claim), true)
    assert.deepEqual(await other.lifecycle.recover(), [])
  }
  const recovered: RunId[] = []
  while (recovered.length === 0) recovered.push(...(await other.lifecycle.recover()))
  assert.deepEqual(recovered, [id])
  assert.equal(await one.lifecycle.append(lease, [output]), false)
  assert.equal(await one.queue.heartbeat(claim), false)
  const again = await other.queue.claim('other', AbortSignal.timeout(5_000))
  assert.equal(again?.runId, id)
  const second = again && (await other.lifecycle.begin(again, 'other'))
  assert.equal(second?.attempt, 2)
  assert.equal(await one.lifecycle.finish(lease, exited, [output]), false)
  assert.equal(await one.lifecycle.handBack(lease, { spendAttempt: true }), false)
  assert.equal(second && (await other.lifecycle.finish(second, exited, [])), true)
  await assertSound(one, [id])
})

test('of many requests with one idempotency key at several servers one makes a run, and all are told of it', async context => {
  const all = await houses(context, 3)
  const once = { keyId: '', digest: 'd', fingerprint: 'f', at: new Date() }
  const runs = await Promise.all(
    Array.from({ length: 30 }, (_, index) => all[index % 3]?.lifecycle.submit(exampleRun(), once)),
  )
  assert.equal(new Set(runs.map(run => run?.id)).size, 1)
  assert.equal(await all[0]?.queue.depth(), 1)
})

test('a key spends its minute once, at however many servers it submits', async context => {
  const all = await houses(context, 3)
  const id = '01KEY' as KeyId
  await all[0]?.database.rows
    .insertInto('keys')
    .values({
      id,
      name: 'key',
      secret_hash: '',
      scopes: '[]',
      limits: '{}',
      network: 0,
      rate_full_at: 0,
      created_at: 0,
    })
    .execute()
  const owner = { id, runsPerMinute: 10 }
  const submitted = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => all[index % 3]?.lifecycle.submit(exampleRun({ owner }))),
  )
  const refused = submitted.filter(result => result.status === 'rejected')
  for (const { reason } of refused)
    assert.ok(reason instanceof Problem && reason.code === 'rate-limited', String(reason))
  assert.equal(submitted.length - refused.length, 10)
})

test("another program's tables in the same database are left alone, also where they have the names of ours", async () => {
  const url = await postgres.createDatabase()
  const database = new URL(url).pathname.slice(1)
  const foreign = `create table public.runs (a int); insert into public.runs values (7);
    create table public.kysely_migration (name text, timestamp text); insert into public.kysely_migration values ('9999-theirs', '')`
  await postgres.ask(database, foreign)
  for (const start of ['first', 'second']) {
    const { database: ours, queue, close } = await openShared(url)
    const { lifecycle } = exampleHouse(ours, { queue })
    await lifecycle.submit(exampleRun())
    assert.equal(await queue.depth(), start === 'first' ? 1 : 2)
    await close()
  }
  assert.deepEqual(await postgres.ask(database, 'select a from public.runs'), [{ a: 7 }])
  assert.deepEqual(await postgres.ask(database, 'select name from public.kysely_migration'), [{ name: '9999-theirs' }])
})

test("a key's share of the queue is the same at however many servers it submits at once", async context => {
  const all = await houses(context, 3, { maxQueuedRunsPerKey: 10 })
  const owner = { id: '01KEY' as KeyId }
  const submitted = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => all[index % 3]?.lifecycle.submit(exampleRun({ owner }))),
  )
  const refused = submitted.filter(result => result.status === 'rejected')
  for (const { reason } of refused) assert.ok(reason instanceof Problem && reason.code === 'queue-full', String(reason))
  assert.equal(submitted.length - refused.length, 10)
  assert.equal(await all[0]?.queue.depth(), 10)
})

/** Posts of many keys, some of them of many runs, at several servers at once; gives how many runs were taken. */
async function postTogether(all: readonly ExampleHouse[], sizes: readonly number[]): Promise<number> {
  const post = async (size: number, index: number) => {
    const house = all[index % all.length]
    // No two have a row of a key's in common: nothing else makes them take turns.
    const owner = { id: `01KEY${index}` as KeyId }
    const runs = Array.from({ length: size }, () => exampleRun({ owner }))
    if (size === 1 && runs[0]) return void (await house?.lifecycle.submit(runs[0]))
    const batchId = newBatchId()
    const batch = { id: batchId, runIds: runs.map(run => run.id), keyId: owner.id, createdAt: new Date() }
    await house?.lifecycle.submitBatch(
      batch,
      runs.map(run => ({ ...run, batchId })),
    )
  }
  const posted = await Promise.allSettled(sizes.map(post))
  for (const result of posted) {
    if (result.status === 'fulfilled') continue
    assert.ok(result.reason instanceof Problem && result.reason.code === 'queue-full', String(result.reason))
  }
  return posted.reduce((sum, { status }, index) => sum + (status === 'fulfilled' ? (sizes[index] ?? 0) : 0), 0)
}

for (const [what, maxQueuedRuns, sizes] of [
  ['runs', 10, Array.from({ length: 60 }, () => 1)],
  ['batches', 40, Array.from({ length: 12 }, () => 15)],
  ['both', 30, Array.from({ length: 40 }, (_, index) => (index % 4 === 0 ? 7 : 1))],
  [
    'single runs into a queue of many',
    600,
    [...Array.from({ length: 11 }, () => 50), ...Array.from({ length: 90 }, () => 1)],
  ],
] as const) {
  test(`the queue takes no more than it may of ${what} that are posted at two servers at once`, {
    timeout: 120_000,
  }, async context => {
    const all = await houses(context, 2, { maxQueuedRuns })
    const taken = await postTogether(all, sizes)
    const [depths, counts] = [await all[0]?.queue.depth(), await all[1]?.runs.countByState()]
    assert.deepEqual([depths, counts?.queued], [taken, taken])
    assert.ok(taken <= maxQueuedRuns, `${taken} of ${maxQueuedRuns}`)
    assert.ok(taken > maxQueuedRuns - Math.max(...sizes), `only ${taken} of ${maxQueuedRuns}`)
  })
}
