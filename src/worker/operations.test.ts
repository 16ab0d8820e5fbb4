import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../test/support/wait-for.ts'
import { type WorkerHouse, workerHouse } from '../../test/support/worker-house.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { Operation } from '../run/operation.ts'

async function ask(house: WorkerHouse): Promise<Operation> {
  const made = await house.operations.create({ environment: 'fake', now: new Date() })
  assert.ok(made)
  return made
}

function ended(house: WorkerHouse, { id }: Operation): Promise<Operation> {
  return waitFor('the operation to finish', async () => {
    const found = await house.operations.find(id)
    return found?.state === 'finished' ? found : undefined
  })
}

test('an image is made present, with its progress, and is told as ready', async context => {
  const house = await workerHouse(context)
  house.start()
  const { id, outcome } = await ended(house, await ask(house))
  assert.ok(outcome?.kind === 'succeeded')
  assert.deepEqual([outcome.environment.name, outcome.environment.version], ['fake', '1.0.0'])
  const events = await house.operations.events(id, { after: 0, limit: 100 })
  assert.ok(events.some(event => event.type === 'progress'))
  await waitFor('the image to be ready', async () => {
    const [worker] = await house.workers.list(new Date(0))
    return worker?.images.some(({ digest }) => digest === outcome.environment.digest)
  })
})

test('an image that cannot be had is told at once, with why', async context => {
  const house = await workerHouse(context)
  house.platform.unobtainable.add('fake:1.0.0')
  house.start()
  const { outcome } = await ended(house, await ask(house))
  assert.ok(outcome?.kind === 'failed' && outcome.code === 'environment-unavailable')
  assert.match(outcome.detail, /fake/)
})

test('an engine that fails is tried again, and not for ever', async context => {
  const house = await workerHouse(context)
  let tries = 0
  context.mock.method(house.platform, 'prepare', () => {
    tries += 1
    return Promise.reject(new PlatformError('unavailable', 'The engine is away'))
  })
  house.start()
  const { outcome } = await ended(house, await ask(house))
  assert.deepEqual(outcome, { kind: 'failed', code: 'platform-unavailable', detail: 'The engine is away' })
  assert.equal(tries, 3)
})

test('a worker that stops hands back what it did not finish', async context => {
  const house = await workerHouse(context)
  const begun = Promise.withResolvers<void>()
  const slow = context.mock.method(
    house.platform,
    'prepare',
    (_candidates: unknown, _onProgress: unknown, signal: AbortSignal) => {
      begun.resolve()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  )
  const first = house.start()
  const asked = await ask(house)
  await begun.promise
  await first.stop()
  assert.equal((await house.operations.find(asked.id))?.state, 'queued')
  slow.mock.restore()
  house.start()
  assert.equal((await ended(house, asked)).outcome?.kind, 'succeeded')
})
