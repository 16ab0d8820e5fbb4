import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { exampleApi, exampleWorker, post } from '../../../test/support/example-api.ts'

test('environments are listed with their limits, and with what the workers have at hand', async context => {
  const { app, workers } = await exampleApi(context)
  await workers.put(exampleWorker())
  await workers.put(exampleWorker({ id: 'worker-2' }))
  const reply = await app.inject('/v1/environments')
  assertShape('EnvironmentList', reply.json())
  const { environments } = reply.json()
  const [python, c] = ['python', 'c'].map(name => environments.find((one: { name: string }) => one.name === name))
  assert.deepEqual(python.ready, [{ version: '3.11.2', digest: 'sha256:1234' }])
  assert.ok(python.versions.includes('3.11.2'))
  assert.equal(python.compileLimits, undefined)
  assert.equal(c.limits.diskBytes, c.compileLimits.diskBytes)
  assert.deepEqual(c.ready, [])
})

test('an environment is found by its name or an alias', async context => {
  const { app } = await exampleApi(context)
  for (const name of ['go', 'golang']) {
    const reply = await app.inject(`/v1/environments/${name}`)
    assertShape('EnvironmentInfo', reply.json())
    assert.equal(reply.json().name, 'go')
  }
  const problem = assertProblem(await app.inject('/v1/environments/klingon'), 404, 'environment-not-found')
  assert.match(problem.detail, /python/)
})

test('only workers that are alive are told of', async context => {
  const { app, workers } = await exampleApi(context)
  assert.deepEqual((await app.inject('/v1/workers')).json(), { workers: [] })
  await workers.put(exampleWorker({ id: 'dead', seenAt: new Date(Date.now() - 60_000) }))
  await workers.put(exampleWorker())
  const reply = await app.inject('/v1/workers')
  assertShape('WorkerList', reply.json())
  assert.deepEqual(
    reply.json().workers.map((worker: { id: string }) => worker.id),
    ['worker-1'],
  )
})

test('the platform is told of by a worker, or the reason why not', async context => {
  const { app, workers } = await exampleApi(context)
  assertProblem(await app.inject('/v1/platform'), 503, 'not-ready')
  const away = { platform: undefined, platformError: 'The engine is away.', state: 'platform-unavailable' } as const
  await workers.put(exampleWorker(away))
  assert.equal(assertProblem(await app.inject('/v1/platform'), 503, 'not-ready').detail, 'The engine is away.')
  await workers.put(exampleWorker())
  const reply = await app.inject('/v1/platform')
  assertShape('PlatformInfo', reply.json())
  assert.equal(reply.json().engineVersion, '20.10.24')
})

test('a process that answers is alive', async context => {
  const { app } = await exampleApi(context)
  const reply = await app.inject('/health/live')
  assertShape('Liveness', reply.json())
  assert.equal(reply.statusCode, 200)
})

test('readiness follows the worker and its platform', async context => {
  const { app, workers } = await exampleApi(context)
  const failing = async () => {
    const reply = await app.inject('/health/ready')
    assertProblem(reply, 503, 'not-ready')
    assert.equal(reply.json().ready, false)
    return reply.json().checks.flatMap((check: { ok: boolean; name: string }) => (check.ok ? [] : [check.name]))
  }
  assert.deepEqual(await failing(), ['worker', 'platform'])
  await workers.put(exampleWorker({ state: 'starting' }))
  assert.deepEqual(await failing(), ['worker'])
  await workers.put(exampleWorker({ state: 'platform-unavailable', platform: undefined, platformError: 'away' }))
  assert.deepEqual(await failing(), ['platform'])
  await workers.put(exampleWorker({ seenAt: new Date(Date.now() - 16_000) }))
  assert.deepEqual(await failing(), ['worker', 'platform'])
  await workers.put(exampleWorker())
  await post(app)
  const reply = await app.inject('/health/ready')
  assert.equal(reply.statusCode, 200)
  assertShape('Readiness', reply.json())
  assert.equal(reply.json().queuedRuns, 1)
})

test('an api without a worker of its own needs only the database', async context => {
  const { app } = await exampleApi(context, { settings: { role: 'api' } })
  assert.equal((await app.inject('/health/ready')).statusCode, 200)
})

test('a database that does not answer makes the service not ready, and the reason stays in the log', async context => {
  const queueDepth = async () => Promise.reject(new Error('disk on fire'))
  const { app, log } = await exampleApi(context, { parts: { queueDepth } })
  const reply = await app.inject('/health/ready')
  assertProblem(reply, 503, 'not-ready')
  assert.deepEqual(
    reply.json().checks.map((check: { name: string; ok: boolean }) => [check.name, check.ok]),
    [['database', false]],
  )
  assert.doesNotMatch(reply.body, /fire/)
  assert.match(log(), /disk on fire/)
})
