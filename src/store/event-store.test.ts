import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { begin, type ExampleHouse, exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import type { RunEventBody } from '../run/event.ts'
import type { OutputStream, StageName } from '../run/run.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

const now = new Date('2026-03-01T10:00:05.007Z')

async function open(context: TestContext): Promise<ExampleHouse> {
  const house = exampleHouse(await openMemoryDatabase(), { now: () => now })
  context.after(async () => {
    await house.queue.close()
    await house.database.close()
  })
  await house.lifecycle.submit(exampleRun())
  return house
}

function output(stage: StageName, stream: OutputStream, text: string): RunEventBody {
  return { type: 'output', stage, stream, bytes: new TextEncoder().encode(text) }
}

test('events come back as they were appended', async context => {
  const { events, lifecycle, ...house } = await open(context)
  const lease = await begin({ lifecycle, ...house })
  const progress = { phase: 'pull', message: 'layer', currentBytes: 3, totalBytes: 9 } as const
  const bytes = Uint8Array.from([0, 255, 10, 0])
  const bodies = [
    { type: 'progress', progress },
    { type: 'output', stage: 'compile', stream: 'stderr', bytes },
  ] as const
  await lifecycle.append(lease, bodies)
  const log = await events.read(lease.run.id, { after: 2, limit: 10 })
  assert.deepEqual(log, [
    { ...bodies[0], sequence: 3, attempt: 1, at: now },
    { ...bodies[1], sequence: 4, attempt: 1, at: now },
  ])
})

test('reading stops at the limit and goes on after the sequence', async context => {
  const house = await open(context)
  const lease = await begin(house)
  await house.lifecycle.append(lease, [output('run', 'stdout', 'a'), output('run', 'stdout', 'b')])
  const sequences = async (after: number, limit: number) =>
    (await house.events.read(lease.run.id, { after, limit })).map(event => event.sequence)
  assert.deepEqual(await sequences(0, 3), [1, 2, 3])
  assert.deepEqual(await sequences(3, 3), [4])
  assert.deepEqual(await sequences(4, 3), [])
})

test('output is put together in order, by stream and by stage', async context => {
  const house = await open(context)
  const lease = await begin(house)
  await house.lifecycle.append(lease, [output('compile', 'stdout', 'c1 '), output('run', 'stderr', 'oops')])
  await house.lifecycle.append(lease, [output('run', 'stdout', 'r1 '), output('run', 'stdout', 'r2')])
  const text = async (stream: OutputStream, stage?: StageName) =>
    Buffer.from(await house.events.output(lease.run.id, { stream, stage })).toString()
  assert.equal(await text('stdout'), 'c1 r1 r2')
  assert.equal(await text('stdout', 'compile'), 'c1 ')
  assert.equal(await text('stdout', 'run'), 'r1 r2')
  assert.equal(await text('stderr'), 'oops')
  assert.equal(await text('stderr', 'compile'), '')
})

test('output is that of the current attempt, while the log keeps the earlier ones', async context => {
  const house = await open(context)
  const first = await begin(house)
  const { id } = first.run
  const text = async () => Buffer.from(await house.events.output(id, { stream: 'stdout' })).toString()
  await house.lifecycle.append(first, [output('run', 'stdout', 'first')])
  await house.lifecycle.handBack(first, { spendAttempt: true })
  assert.equal(await text(), 'first')
  const second = await begin(house)
  assert.equal(await text(), '')
  await house.lifecycle.append(second, [output('run', 'stdout', 'second')])
  assert.equal(await text(), 'second')
  const outputs = (await house.events.read(id, { after: 0, limit: 100 })).filter(event => event.type === 'output')
  assert.deepEqual(
    outputs.map(event => event.attempt),
    [1, 2],
  )
})

test('a page has as many events as fit, but one at least, and tells whether it is the last', async context => {
  const house = await open(context)
  const lease = await begin(house)
  const sizes = [10, 20, 30, 500, 1]
  await house.lifecycle.append(
    lease,
    sizes.map(size => output('run', 'stdout', 'x'.repeat(size))),
  )
  const page = async (after: number, limit: number, maxBytes: number) => {
    const { events, isLast } = await house.events.page(lease.run.id, { after, limit, maxBytes })
    return [events.map(event => event.sequence), isLast]
  }
  // The first two are states.
  assert.deepEqual(await page(2, 10, 59), [[3, 4], false])
  assert.deepEqual(await page(2, 10, 60), [[3, 4, 5], false])
  assert.deepEqual(await page(2, 2, 60), [[3, 4], false])
  assert.deepEqual(await page(5, 10, 60), [[6], false])
  assert.deepEqual(await page(5, 10, 501), [[6, 7], true])
  assert.deepEqual(await page(7, 10, 60), [[], true])
  assert.deepEqual(await page(5, 2, 501), [[6, 7], false])
})
