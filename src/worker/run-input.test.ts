import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../test/support/wait-for.ts'
import { submit, type WorkerHouse, when, workerHouse } from '../../test/support/worker-house.ts'
import type { RunId } from '../run/id.ts'

const terminal = { columns: 91, rows: 17, term: 'dumb' }

async function stdout(house: WorkerHouse, id: RunId): Promise<string> {
  return Buffer.from(await house.events.output(id, { stream: 'stdout', stage: 'run' })).toString()
}

function output(house: WorkerHouse, id: RunId, text: string): Promise<unknown> {
  return waitFor(`the output ${text}`, async () => (await stdout(house, id)).includes(text))
}

test('a run that can be talked to gets what is typed before and while it runs', async context => {
  const house = await workerHouse(context)
  const id = await submit(house, 'ask Name?\nask Age?', {}, {})
  await house.terminals.hold(id, 'me')
  await house.terminals.append(id, 'me', { type: 'stdin', bytes: Buffer.from('Ada\n') })
  house.start()
  await output(house, id, 'Age? ')
  await house.terminals.append(id, 'me', { type: 'stdin', bytes: Buffer.from('7\n') })
  await when(house, id, 'the end', run => run.state === 'finished')
  assert.equal(await stdout(house, id), 'Name? Hello, Ada!\nAge? Hello, 7!\n')
})

test('a run with a terminal has its size, its kind and its signals; its compiler has none', async context => {
  const house = await workerHouse(context)
  const script = 'compile: terminal\ncompile: variable TERM\nvariable TERM\nterminal'
  const id = await submit(house, script, {}, { terminal })
  house.start()
  await output(house, id, '91x17')
  await house.terminals.hold(id, 'me')
  await house.terminals.append(id, 'me', { type: 'resize', size: { columns: 4, rows: 5 } })
  await house.terminals.append(id, 'me', { type: 'signal', signal: 'SIGINT' })
  await when(house, id, 'the end', run => run.state === 'finished')
  assert.equal(await stdout(house, id), 'dumb\n91x17\r\n4x5\r\ninterrupted\r\n')
  const compiled = await house.events.output(id, { stream: 'stdout', stage: 'compile' })
  assert.equal(Buffer.from(compiled).toString(), 'none\n\n')
})

test('a run that cannot be talked to has its input, and its end', async context => {
  const house = await workerHouse(context)
  const id = await submit(house, 'stdin\nprint over')
  house.start()
  await when(house, id, 'the end', run => run.state === 'finished')
  assert.equal(await stdout(house, id), 'over\n')
})

test('a cancel ends a run that waits for somebody', async context => {
  const house = await workerHouse(context)
  const id = await submit(house, 'ask Name?', {}, {})
  house.start()
  await output(house, id, 'Name? ')
  await house.lifecycle.cancel(id)
  const run = await when(house, id, 'the end', current => current.state === 'finished')
  assert.deepEqual(run.outcome, { kind: 'canceled' })
})
