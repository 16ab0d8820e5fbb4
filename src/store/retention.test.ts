import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ExampleHouse, exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import type { RunId } from '../run/id.ts'
import { Retention, type RetentionOptions } from './retention.ts'
import type { Space } from './space.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

const MiB = 1024 * 1024
const start = Date.parse('2026-03-01T10:00:00Z')

interface RetentionHouse extends ExampleHouse {
  readonly clock: { now: number }
  /** How many runs were deleted, and why. */
  readonly told: [number, string][]
  retention(options?: Partial<RetentionOptions>): Retention
}

async function retentionHouse(context: TestContext): Promise<RetentionHouse> {
  const database = await openMemoryDatabase()
  const clock = { now: start }
  const house = exampleHouse(database, { now: () => new Date(clock.now) })
  context.after(async () => {
    await house.queue.close()
    await database.close()
  })
  const told: [number, string][] = []
  const retention: RetentionHouse['retention'] = options =>
    new Retention({
      database,
      keepRunsMs: 60_000,
      keepIdempotencyKeysMs: 60_000,
      maxDataBytes: 64 * MiB,
      onDeleted: (runs, why) => told.push([runs, why]),
      onError: error => assert.fail(String(error)),
      now: () => new Date(clock.now),
      ...options,
    })
  return { ...house, clock, told, retention }
}

/** A run that ends now and wrote so many bytes. */
async function endedRun({ lifecycle, queue }: ExampleHouse, bytes = 1): Promise<RunId> {
  const { id } = await lifecycle.submit(exampleRun({ labels: { a: 'b' } }))
  const claim = await queue.claim('worker', AbortSignal.timeout(5_000))
  const lease = claim && (await lifecycle.begin(claim, 'worker'))
  assert.ok(lease)
  const output = { type: 'output', stage: 'run', stream: 'stdout', bytes: Buffer.alloc(bytes, 'x') } as const
  assert.ok(await lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, [output]))
  return id
}

function withSpace({ database }: ExampleHouse, space: () => Promise<Space>): RetentionOptions['database'] {
  const transaction: typeof database.transaction = (work, options) => database.transaction(work, options)
  return { rows: database.rows, transaction, space, shrink: async () => {} }
}

async function ids({ database }: ExampleHouse): Promise<string[]> {
  return (await database.rows.selectFrom('runs').select('id').execute()).map(row => row.id).toSorted()
}

test('a finished run is deleted when it is old enough, with all its rows', async context => {
  const house = await retentionHouse(context)
  const retention = house.retention()
  await endedRun(house)
  house.clock.now += 30_000
  const kept = await endedRun(house)
  house.clock.now += 30_000
  await retention.tick()
  assert.equal((await ids(house)).length, 2, 'the age is not reached')
  house.clock.now += 1
  await retention.tick()
  assert.deepEqual(await ids(house), [kept])
  for (const table of ['events', 'run_labels', 'run_requests'] as const) {
    const rows = await house.database.rows.selectFrom(table).select('run_id').distinct().execute()
    assert.deepEqual(
      rows.map(row => row.run_id),
      [kept],
      table,
    )
  }
  assert.equal((await house.runs.countByState()).finished, 1)
  assert.deepEqual(house.told, [[1, 'age']])
})

test('a run that is not finished is kept, however old', async context => {
  const house = await retentionHouse(context)
  const { id } = await house.lifecycle.submit(exampleRun({ createdAt: new Date(0) }))
  house.clock.now += 10 * 365 * 86_400_000
  await house.retention().tick()
  assert.deepEqual(await ids(house), [id])
})

test('many old runs go in one tick, and it is told once', async context => {
  const house = await retentionHouse(context)
  for (let count = 0; count < 150; count++) await endedRun(house)
  house.clock.now += 60_001
  await house.retention().tick()
  assert.deepEqual(await ids(house), [])
  assert.deepEqual(house.told, [[150, 'age']])
})

test('what ended first goes first when there are too many bytes, and no more than needed', async context => {
  const house = await retentionHouse(context)
  const retention = house.retention()
  const all: RunId[] = []
  const usable = 32 * MiB
  while ((await house.database.space()).usedBytes <= 0.85 * usable) {
    all.push(await endedRun(house, MiB))
    house.clock.now += 1
  }
  await retention.tick()
  const left = await ids(house)
  assert.deepEqual(left, all.slice(all.length - left.length).toSorted())
  const { usedBytes } = await house.database.space()
  assert.ok(usedBytes <= 0.75 * usable && usedBytes > 0.75 * usable - 2 * MiB, String(usedBytes))
  await retention.tick()
  assert.equal((await ids(house)).length, left.length, 'below the line nothing goes')
})

test('where there is no room a submission makes some, and is refused only where nothing may go', async context => {
  const house = await retentionHouse(context)
  const space: Space = { usedBytes: 31 * MiB, heldBytes: 31 * MiB, freeBytes: 1024 * MiB }
  let spaceNow = (): Partial<Space> => ({})
  const retention = house.retention({ database: withSpace(house, async () => ({ ...space, ...spaceNow() })) })
  const queued = await house.lifecycle.submit(exampleRun())
  assert.equal(await retention.shortage(), 'cap')
  await house.lifecycle.cancel(queued.id)
  const before = (await ids(house)).length
  spaceNow = () => ({ usedBytes: house.told.length > 0 ? 0 : space.usedBytes })
  assert.equal(before, 1)
  assert.equal(await retention.shortage(), undefined, 'the oldest had to go')
  assert.deepEqual(await ids(house), [])
  spaceNow = () => ({ usedBytes: MiB, heldBytes: MiB, freeBytes: MiB })
  assert.equal(await retention.shortage(), 'disk')
  spaceNow = () => ({ usedBytes: MiB, heldBytes: 70 * MiB, freeBytes: MiB })
  assert.equal(await retention.shortage(), undefined, 'what deleted rows left is room')
})

test('idempotency keys go when they are old', async context => {
  const house = await retentionHouse(context)
  const once = (digest: string) => ({ keyId: '', digest, fingerprint: '', at: new Date(house.clock.now) })
  await house.lifecycle.submit(exampleRun(), once('old'))
  house.clock.now += 60_001
  await house.lifecycle.submit(exampleRun(), once('new'))
  await house.retention().tick()
  const left = await house.database.rows.selectFrom('idempotency_keys').select('digest').execute()
  assert.deepEqual(
    left.map(row => row.digest),
    ['new'],
  )
})

test('it goes on by itself until it is stopped, past what fails', { timeout: 20_000 }, async context => {
  const house = await retentionHouse(context)
  const failed = Promise.withResolvers<unknown>()
  const again = Promise.withResolvers<void>()
  let calls = 0
  const space = async () => {
    calls += 1
    if (calls === 1) throw new Error('no')
    again.resolve()
    return await house.database.space()
  }
  const retention = house.retention({ database: withSpace(house, space), onError: failed.resolve })
  retention.start()
  context.after(() => retention.stop())
  assert.match(String(await failed.promise), /no/)
  await again.promise
})
