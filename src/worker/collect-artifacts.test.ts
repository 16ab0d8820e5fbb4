import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { piecesOf } from '../../test/support/example-artifact.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { finished, submit, type WorkerHouse, workerHouse } from '../../test/support/worker-house.ts'
import { FakePlatform } from '../platform/fake/fake-platform.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { RunId } from '../run/id.ts'

function ask(house: WorkerHouse, script: string, artifacts: readonly string[] = ['**'], limits = {}): Promise<RunId> {
  const { request } = exampleRun()
  return submit(house, script, { request: { ...request, artifacts, limits: { ...request.limits, ...limits } } })
}

async function content(house: WorkerHouse, id: RunId, path: string): Promise<string> {
  const artifact = await house.artifacts.find(id, path)
  assert.ok(artifact, path)
  return Buffer.concat(await piecesOf(house.artifacts.read(id, artifact))).toString()
}

async function started(context: TestContext, platform?: FakePlatform): Promise<WorkerHouse> {
  const house = await workerHouse(context, { platform })
  house.start({ artifactLimits: { maxFiles: 2, maxBytes: 10 } })
  return house
}

test('a finished run has the files that it asked for, with their media types', async context => {
  const house = await started(context)
  const id = await ask(house, 'save out/a.csv 1,2\nsave b.unheard-of xy\nsave .c hidden')
  const run = await finished(house, id)
  assert.deepEqual(run.artifacts, [
    { path: 'b.unheard-of', bytes: 2, mediaType: 'application/octet-stream' },
    { path: 'out/a.csv', bytes: 3, mediaType: 'text/csv' },
  ])
  assert.equal(run.artifactsOmitted, undefined)
  assert.equal(await content(house, id, 'out/a.csv'), '1,2')
})

test('a run that asked for nothing is not searched', async context => {
  const platform = new FakePlatform()
  platform.failNext('collect', new Error('nobody asked'))
  const house = await started(context, platform)
  assert.deepEqual((await finished(house, await ask(house, 'save a b', []))).artifacts, [])
})

test('however the program ended, its files are kept', async context => {
  const house = await started(context)
  const endings = {
    'exit 3': 'exited',
    'signal SIGSEGV': 'signaled',
    spin: 'timed-out',
    allocate: 'out-of-memory',
    'compile:exit 1': 'compile-failed',
  } as const
  for (const [ending, kind] of Object.entries(endings)) {
    const run = await finished(house, await ask(house, `compile:save made x\nsave made y\n${ending}`))
    assert.equal(run.outcome?.kind, kind)
    assert.deepEqual(
      run.artifacts?.map(({ path }) => path),
      ['made'],
    )
  }
})

test('the operator bounds number and size, and what is left out is told', async context => {
  const house = await started(context)
  const run = await finished(house, await ask(house, 'save a 1\nsave b 12345678901\nsave c 2\nsave d 3'))
  assert.deepEqual(
    run.artifacts?.map(({ path }) => path),
    ['a', 'c'],
  )
  assert.deepEqual(run.artifactsOmitted, [
    { reason: 'too-large', files: 1, paths: ['b'] },
    { reason: 'too-many', files: 1, paths: ['d'] },
  ])
})

test('a sandbox that is gone when its files are to be read does not change how the program ended', async context => {
  const platform = new FakePlatform()
  platform.failNext('collect', new PlatformError('sandbox-lost', 'gone'))
  const house = await started(context, platform)
  const run = await finished(house, await ask(house, 'save a b\nexit 7'))
  assert.deepEqual(run.outcome, { kind: 'exited', code: 7 })
  assert.equal(run.attempt, 1)
  assert.deepEqual(run.artifacts, [])
  assert.deepEqual(run.artifactsOmitted, [{ reason: 'sandbox-lost', paths: [] }])
})

test('a run that is canceled while its files are read is canceled, and has none', async context => {
  const platform = new FakePlatform()
  const release = platform.hold('collect')
  const house = await started(context, platform)
  const id = await ask(house, 'save a b\nprint done')
  await waitFor('the stage to have ended', async () => {
    const events = await house.events.read(id, { after: 0, limit: 100 })
    return events.some(event => event.type === 'stage')
  })
  await house.lifecycle.cancel(id)
  const run = await finished(house, id)
  release()
  assert.deepEqual(run.outcome, { kind: 'canceled' })
  assert.deepEqual(run.artifacts, [])
})
