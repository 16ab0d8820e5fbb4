import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { waitFor } from '../../test/support/wait-for.ts'
import { finished, submit, when, workerHouse } from '../../test/support/worker-house.ts'
import { FakePlatform } from '../platform/fake/fake-platform.ts'
import type { ResolvedImage } from '../platform/platform.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { RunId } from '../run/id.ts'
import { defaultLimits } from '../run/limits.ts'
import type { Observation } from '../telemetry/observation.ts'

async function observedHouse(context: TestContext, platform = new FakePlatform()) {
  const told: Observation[] = []
  const house = await workerHouse(context, { platform, tell: observation => told.push(observation) })
  const next = <Type extends Observation['type']>(type: Type) =>
    waitFor(type, () => told.find((each): each is Extract<Observation, { type: Type }> => each.type === type))
  return { ...house, told, next }
}

test('a finished run is told of with the time of each phase, and the removal of its sandbox after it', async context => {
  const house = await observedHouse(context)
  house.start()
  const id = await submit(house, 'print hello')
  const { run, timings } = await house.next('run-finished')
  assert.deepEqual([run.id, run.attempt, run.outcome?.kind], [id, 1, 'exited'])
  for (const ms of [timings.queuedMs, timings.prepareMs, timings.openMs, timings.stagesMs, timings.finishMs]) {
    assert.ok(ms !== undefined && ms >= 0)
  }
  assert.deepEqual([timings.warm, timings.prebooted], [false, false])
  const removal = await house.next('sandboxes-removed')
  assert.deepEqual([removal.run.id, removal.attempt], [id, 1])
  assert.ok(house.told.indexOf(removal) > house.told.findIndex(({ type }) => type === 'run-finished'))
})

test('what the platform fails at is told of, and the attempt that it cost', async context => {
  const house = await observedHouse(context)
  house.platform.failNext('open', new PlatformError('sandbox-lost', 'It is gone'))
  house.start()
  const id = await submit(house, 'print hello')
  await finished(house, id)
  await house.next('run-finished')
  assert.deepEqual(
    house.told.flatMap(each => (each.type === 'platform-failed' ? each.code : [])),
    ['sandbox-lost'],
  )
  const lost = await house.next('attempt-lost')
  assert.deepEqual([lost.run.id, lost.attempt, lost.why], [id, 1, 'handed-back'])
  assert.equal(house.told.filter(({ type }) => type === 'sandboxes-removed').length, 1)
})

test('a worker whose run was taken over tells of the lease that it lost', async context => {
  const house = await observedHouse(context)
  house.start()
  const id = await submit(house, 'print begun\nsleep 60000')
  await when(house, id, 'the program to run', run => run.state === 'running')
  // As another process does that takes this one for dead.
  await house.lifecycle.recover()
  const lost = await house.next('attempt-lost')
  assert.deepEqual([lost.run.id, lost.why], [id, 'lease-lost'])
  await house.lifecycle.cancel(id)
  await finished(house, id)
})

test('a worker whose result is refused tells of the lease that it lost', async context => {
  const house = await observedHouse(context)
  const finish = house.lifecycle.finish.bind(house.lifecycle)
  house.lifecycle.finish = async (...result) => {
    house.lifecycle.finish = finish
    await house.lifecycle.recover()
    return finish(...result)
  }
  house.start()
  const id = await submit(house, 'print hello')
  const lost = await house.next('attempt-lost')
  assert.deepEqual([lost.run.id, lost.attempt, lost.why], [id, 1, 'lease-lost'])
  assert.equal((await house.next('run-finished')).run.attempt, 2)
})

test('a result that was written, but not answered, is told of as written', async context => {
  const house = await observedHouse(context)
  const finish = house.lifecycle.finish.bind(house.lifecycle)
  house.lifecycle.finish = async (...result) => {
    house.lifecycle.finish = finish
    assert.equal(await finish(...result), true)
    throw new Error('the answer was lost')
  }
  house.start()
  const id = await submit(house, 'print hello')
  assert.equal((await house.next('run-finished')).run.id, id)
  assert.equal(house.told.filter(({ type }) => type === 'attempt-lost').length, 0)
})

test('sandboxes that a dead process left are told of by number', async context => {
  const platform = new FakePlatform()
  const dead = new FakePlatform({ beside: platform })
  const house = await observedHouse(context, platform)
  const image = await prepared(dead)
  for (const number of [1, 2]) await openSandbox(dead, image, number)
  house.start()
  assert.equal((await house.next('sandboxes-swept')).count, 2)
})

function prepared(platform: FakePlatform): Promise<ResolvedImage> {
  return platform.prepare(
    [
      {
        name: 'fake',
        version: '1.0.0',
        source: { kind: 'registry', reference: 'fake:1.0.0' },
        recipe: { run: ['interpret', '{main}'], env: {} },
        extensions: ['.fake'],
      },
    ],
    () => {},
    new AbortController().signal,
  )
}

async function openSandbox(platform: FakePlatform, image: ResolvedImage, number: number): Promise<void> {
  const deadline = new Date(Date.now() + 60_000)
  const runId = `01ARZ3NDEKTSV4RRFFQ69G5FA${number}` as RunId
  await platform.open(
    { runId, attempt: 1, image, limits: defaultLimits, network: false, deadline },
    new AbortController().signal,
  )
}
