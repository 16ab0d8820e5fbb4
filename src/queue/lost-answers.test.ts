import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'

const output = (text: string) => ({ type: 'output', stage: 'run', stream: 'stdout', bytes: Buffer.from(text) }) as const
const exited = { outcome: { kind: 'exited', code: 0 }, stages: [] } as const

async function begun(context: TestContext) {
  const database = await openMemoryDatabase()
  const house = exampleHouse(database)
  context.after(async () => {
    await house.queue.close()
    await database.close()
  })
  const { id } = await house.lifecycle.submit(exampleRun({ maxAttempts: 1 }))
  const claim = await house.queue.claim('worker', AbortSignal.timeout(5_000))
  assert.ok(claim)
  const lease = await house.lifecycle.begin(claim, 'worker')
  assert.ok(lease)
  const text = async () => Buffer.from(await house.events.output(id, { stream: 'stdout' })).toString()
  return { ...house, id, claim, lease, text }
}

test('an attempt whose beginning was not told goes on when it is begun again, and is not another one', async context => {
  const { lifecycle, claim, lease, events, id } = await begun(context)
  const again = await lifecycle.begin(claim, 'worker', true)
  assert.deepEqual([again?.attempt, again?.attemptsLeft], [lease.attempt, lease.attemptsLeft])
  assert.equal((await events.read(id, { after: 0, limit: 10 })).length, 2)
  assert.equal(again && (await lifecycle.finish(again, exited, [])), true)
})

test('output whose append was not told is there once when it is appended again, with what came after it', async context => {
  const { lifecycle, lease, text } = await begun(context)
  await lifecycle.append(lease, [output('a'), output('b')])
  // It was made, but its answer was lost.
  await lifecycle.append(lease, [output('c')])
  await lifecycle.running(lease, { name: 'python', version: '3', digest: 'sha256:1' })
  assert.equal(await lifecycle.append(lease, [output('c'), output('d')], 2), true)
  assert.equal(await text(), 'abcd')
  assert.equal(await lifecycle.append(lease, [output('c'), output('d')], 2), true)
  assert.equal(await lifecycle.finish(lease, exited, [output('d'), output('e')], 3), true)
  assert.equal(await text(), 'abcde')
})

test('output whose append was not made is there once as well', async context => {
  const { lifecycle, lease, text } = await begun(context)
  await lifecycle.append(lease, [output('a')])
  assert.equal(await lifecycle.append(lease, [output('b'), output('c')], 1), true)
  assert.equal(await lifecycle.finish(lease, exited, [output('d')], 3), true)
  assert.equal(await text(), 'abcd')
})
