import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../test/support/wait-for.ts'
import { finished, stdout, story, submit, when, workerHouse } from '../../test/support/worker-house.ts'

test('a worker that stops lets a short run finish', async context => {
  const house = await workerHouse(context)
  const worker = house.start()
  const id = await submit(house, 'print begun\nsleep 100\nprint ended')
  await waitFor('output', async () => (await stdout(house, id)) !== '')
  await worker.stop()
  assert.deepEqual((await house.runs.find(id))?.outcome, { kind: 'exited', code: 0 })
  assert.equal(house.platform.sandboxCount, 0)
  assert.deepEqual(await house.workers.list(new Date(0)), [])
})

test('a worker that stops hands back what takes too long, and another one takes it', async context => {
  const house = await workerHouse(context)
  const first = house.start({ drainTimeoutMs: 1 })
  const id = await submit(house, 'print begun\nsleep')
  await waitFor('output', async () => (await stdout(house, id)) !== '')
  await first.stop()
  const waiting = await house.runs.find(id)
  assert.equal(waiting?.state, 'queued')
  assert.equal(await house.queue.depth(), 1)
  assert.equal(house.platform.sandboxCount, 0)
  house.start()
  await when(house, id, 'the second attempt', run => run.attempt === 2 && run.state === 'running')
  await house.lifecycle.cancel(id)
  await finished(house, id)
})

for (const operation of ['prepare', 'open', 'write', 'exec'] as const) {
  test(`a worker that stops during ${operation} hands the run back`, async context => {
    const house = await workerHouse(context)
    context.after(house.platform.hold(operation))
    const worker = house.start({ drainTimeoutMs: 1 })
    const id = await submit(house, 'print never')
    await when(house, id, 'the attempt to begin', run => run.state !== 'queued')
    await worker.stop()
    assert.equal((await house.runs.find(id))?.state, 'queued')
    assert.equal(house.platform.sandboxCount, 0)
  })
}

test('runs wait for an engine that is away, and cost no attempt', async context => {
  const house = await workerHouse(context)
  house.platform.stopEngine()
  const worker = house.start()
  const id = await submit(house, 'print at last')
  await waitFor('the engine to be missed', () => worker.monitor.state.kind === 'down')
  assert.equal((await house.runs.find(id))?.attempt, 0)
  house.platform.startEngine()
  const run = await finished(house, id)
  assert.deepEqual([run.outcome, run.attempt], [{ kind: 'exited', code: 0 }, 1])
})

test('a run whose engine goes away in the middle is tried again when it is back', async context => {
  const house = await workerHouse(context)
  house.start()
  const id = await submit(house, 'print begun\nsleep 300\nprint ended')
  await waitFor('output', async () => (await stdout(house, id)) !== '')
  house.platform.stopEngine()
  await when(house, id, 'the run to be handed back', run => run.state === 'queued')
  house.platform.startEngine()
  const run = await finished(house, id)
  assert.deepEqual([run.outcome, run.attempt], [{ kind: 'exited', code: 0 }, 2])
  assert.equal(await stdout(house, id), 'begun\nended\n')
  await story(house, id)
})
