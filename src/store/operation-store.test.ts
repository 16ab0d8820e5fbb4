import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { maxOpenOperations, newOperationId, type OperationEventBody } from '../run/operation.ts'
import { type OperationLease, OperationStore } from './operation-store.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

const start = new Date('2026-01-02T03:04:05Z')
const after = (ms: number) => new Date(start.getTime() + ms)
const dayMs = 24 * 60 * 60 * 1000
const outcome = { kind: 'failed', code: 'environment-unavailable', detail: 'No.' } as const

async function house(context: TestContext) {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const store = new OperationStore(database)
  const create = async (environment: string, now = start) => {
    const made = await store.create({ environment, now })
    assert.ok(made)
    return made
  }
  const claim = async (now = start, lostBefore = new Date(0)): Promise<OperationLease> => {
    const lease = await store.claim('worker-1', now, lostBefore)
    assert.ok(lease)
    return lease
  }
  return { store, create, claim }
}

const progress = (message: string): OperationEventBody => ({ type: 'progress', progress: { phase: 'pull', message } })

test('an operation is told from its beginning to its end, in order and without gaps', async context => {
  const { store, create, claim } = await house(context)
  const { id, state } = await create('go@1.16.3')
  assert.equal(state, 'queued')
  const lease = await claim(after(1))
  assert.equal(lease.operation.id, id)
  assert.ok(await store.append(lease, [progress('a'), progress('b')], after(2)))
  assert.ok(await store.finish(lease, outcome, after(3)))
  const events = await store.events(id, { after: 0, limit: 100 })
  assert.deepEqual(
    events.map(event => [event.sequence, event.type === 'state' ? event.state : event.type]),
    [
      [1, 'queued'],
      [2, 'running'],
      [3, 'progress'],
      [4, 'progress'],
      [5, 'finished'],
    ],
  )
  const found = await store.find(id)
  assert.deepEqual([found?.state, found?.outcome, found?.finishedAt], ['finished', outcome, after(3)])
  assert.deepEqual(
    (await store.events(id, { after: 3, limit: 1 })).map(event => event.sequence),
    [4],
  )
  assert.equal(await store.claim('worker-1', after(4), after(4)), undefined)
})

test('what goes on for an environment already is not begun again', async context => {
  const { store, create, claim } = await house(context)
  const first = await create('go')
  assert.equal((await create('go')).id, first.id)
  const lease = await claim()
  assert.equal((await create('go')).id, first.id)
  assert.notEqual((await create('python')).id, first.id)
  await store.finish(lease, outcome, start)
  assert.notEqual((await create('go')).id, first.id)
})

test('there are only so many that have not finished', async context => {
  const { store, create } = await house(context)
  for (let index = 0; index < maxOpenOperations; index += 1) await create(`go@1.${index}.0`)
  assert.equal(await store.create({ environment: 'python', now: start }), undefined)
  assert.equal((await create('go@1.0.0')).environment, 'go@1.0.0')
})

test('one whose worker was not heard of is taken by another, and the first one writes nothing more', async context => {
  const { store, create, claim } = await house(context)
  await create('go')
  const first = await claim(start)
  assert.ok(await store.append(first, [], after(1_000)))
  assert.equal(await store.claim('worker-2', after(2_000), after(500)), undefined)
  const second = await claim(after(40_000), after(10_000))
  assert.equal(second.attempt, 2)
  assert.equal(await store.append(first, [progress('late')], after(40_001)), false)
  assert.equal(await store.finish(first, outcome, after(40_002)), false)
  assert.ok(await store.finish(second, outcome, after(40_003)))
})

test('one that is handed back, and one of a process that died, waits again', async context => {
  const { store, create, claim } = await house(context)
  await create('go')
  await store.handBack(await claim(), start)
  assert.equal((await claim()).attempt, 2)
  await store.recover()
  assert.equal((await claim(start, after(0))).attempt, 3)
})

test('what an operation tells is bounded, and its end is told all the same', async context => {
  const { store, create, claim } = await house(context)
  const { id } = await create('go')
  const lease = await claim()
  const many = Array.from({ length: 2_500 }, (_, index) => progress(String(index)))
  await store.append(lease, many, start)
  await store.append(lease, many, start)
  await store.finish(lease, outcome, start)
  const events = await store.events(id, { after: 0, limit: 10_000 })
  assert.ok(events.length <= 2_001, String(events.length))
  assert.equal(events.at(-1)?.type, 'finished')
  assert.deepEqual(
    events.map(event => event.sequence),
    events.map((_, index) => index + 1),
  )
})

test('finished ones are forgotten after a week', async context => {
  const { store, create, claim } = await house(context)
  const { id } = await create('go')
  await store.finish(await claim(), outcome, start)
  await create('python', after(6 * dayMs))
  assert.ok(await store.find(id))
  await create('bash', after(8 * dayMs))
  assert.equal(await store.find(id), undefined)
  assert.deepEqual(await store.events(id, { after: 0, limit: 10 }), [])
  assert.equal(await store.find(newOperationId()), undefined)
})
