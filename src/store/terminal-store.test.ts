import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { begin, type ExampleHouse, exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import type { RunId } from '../run/id.ts'
import type { RunInput } from '../run/terminal.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'
import { maxPendingBytes, writerTimeoutMs } from './terminal-store.ts'

interface House extends ExampleHouse {
  readonly id: RunId
  pass(milliseconds: number): void
}

async function open(context: TestContext, interactive = true): Promise<House> {
  let now = 1_000_000
  const house = exampleHouse(await openMemoryDatabase(), { now: () => new Date(now) })
  context.after(async () => {
    await house.queue.close()
    await house.database.close()
  })
  const run = exampleRun()
  const request = interactive ? { ...run.request, interaction: {} } : run.request
  await house.lifecycle.submit({ ...run, request })
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { ...house, id: run.id, pass }
}

const typed = (text: string): RunInput => ({ type: 'stdin', bytes: Buffer.from(text) })

function told(inputs: readonly RunInput[]): unknown[] {
  return inputs.map(input => (input.type === 'stdin' ? Buffer.from(input.bytes).toString() : input))
}

test('inputs are taken once, in the order in which they came', async context => {
  const { terminals, id, ...house } = await open(context)
  assert.ok(await terminals.hold(id, 'one'))
  const inputs: RunInput[] = [typed('a'), { type: 'resize', size: { columns: 3, rows: 4 } }, { type: 'end' }]
  for (const input of inputs) assert.equal(await terminals.append(id, 'one', input), 'appended')
  const lease = await begin(house)
  assert.deepEqual(told(await terminals.take(id, lease.attempt)), ['a', ...inputs.slice(1)])
  assert.deepEqual(await terminals.take(id, lease.attempt), [])
})

test('an attempt that is not the run’s last takes nothing', async context => {
  const { terminals, id, ...house } = await open(context)
  await terminals.hold(id, 'one')
  const lease = await begin(house)
  await terminals.append(id, 'one', typed('a'))
  assert.deepEqual(await terminals.take(id, lease.attempt - 1), [])
  assert.deepEqual(told(await terminals.take(id, lease.attempt)), ['a'])
})

test('what was typed for one attempt is not there for the next', async context => {
  const { terminals, id, ...house } = await open(context)
  await terminals.hold(id, 'one')
  const first = await begin(house)
  await terminals.append(id, 'one', typed('old'))
  await house.lifecycle.handBack(first, { spendAttempt: true })
  const second = await begin(house)
  assert.deepEqual(await terminals.take(id, second.attempt), [])
  await terminals.append(id, 'one', typed('new'))
  assert.deepEqual(told(await terminals.take(id, second.attempt)), ['new'])
})

test('one writes at a time, until he leaves or falls silent', async context => {
  const { terminals, id, pass } = await open(context)
  assert.ok(await terminals.hold(id, 'one'))
  assert.ok(!(await terminals.hold(id, 'other')))
  assert.equal(await terminals.append(id, 'other', typed('x')), 'not-writer')
  await terminals.release(id, 'other')
  assert.ok(!(await terminals.hold(id, 'other')))
  await terminals.release(id, 'one')
  assert.ok(await terminals.hold(id, 'other'))
  pass(writerTimeoutMs)
  assert.ok(await terminals.hold(id, 'other'))
  pass(writerTimeoutMs)
  assert.ok(!(await terminals.hold(id, 'one')))
  pass(1)
  assert.ok(await terminals.hold(id, 'one'))
})

test('only so much waits, and there is room again after some was taken', async context => {
  const { terminals, id, ...house } = await open(context)
  await terminals.hold(id, 'one')
  const large = typed('x'.repeat(maxPendingBytes - 200))
  assert.equal(await terminals.append(id, 'one', large), 'appended')
  assert.equal(await terminals.append(id, 'one', { type: 'end' }), 'appended')
  assert.equal(await terminals.append(id, 'one', typed('y'.repeat(100))), 'full')
  const lease = await begin(house)
  assert.equal((await terminals.take(id, lease.attempt)).length, 2)
  assert.equal(await terminals.append(id, 'one', large), 'appended')
})

test('nothing is left of a terminal whose run has ended', async context => {
  const { terminals, id, ...house } = await open(context)
  await terminals.hold(id, 'one')
  await terminals.append(id, 'one', typed('a'))
  const lease = await begin(house)
  await house.lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, [])
  assert.equal(await terminals.append(id, 'one', typed('a')), 'over')
  assert.ok(!(await terminals.hold(id, 'one')))
  for (const table of ['run_terminals', 'run_inputs'] as const) {
    assert.deepEqual(await house.database.rows.selectFrom(table).selectAll().execute(), [])
  }
})

test('a run that is not interactive has no terminal', async context => {
  const { terminals, id } = await open(context, false)
  assert.ok(!(await terminals.hold(id, 'one')))
  assert.equal(await terminals.append(id, 'one', typed('a')), 'over')
})
