import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { exampleApi, exampleWorker, finish, take } from '../../../test/support/example-api.ts'
import { exampleKey } from '../../../test/support/example-key.ts'
import { waitFor } from '../../../test/support/wait-for.ts'
import { Catalogue } from '../../environment/catalogue.ts'

const program = { environment: 'python', source: 'print(1)' }
const shipped = await Catalogue.load([new URL('../../../environments', import.meta.url).pathname])

async function open(context: TestContext, parts: Parameters<typeof exampleApi>[1] = {}) {
  const api = await exampleApi(context, parts)
  await api.knownPools.add(['gpu', 'default', 'gpu', 'big'])
  const ask = (url: string, body?: object) => api.app.inject({ method: body ? 'POST' : 'GET', url, body })
  const submit = (body: object) => ask('/v1/runs', { ...program, ...body })
  return { ...api, ask, submit }
}

test('a run is of the pool that it names, else of the default one, and its rerun of the same or another', async context => {
  const { submit, ask } = await open(context)
  assert.equal((await submit({})).json().pool, 'default')
  const reply = await submit({ pool: 'gpu', architecture: 'arm64' })
  assert.equal(reply.statusCode, 202, reply.body)
  const { id, ...run } = reply.json()
  assert.deepEqual([run.pool, run.architecture], ['gpu', 'arm64'])
  assert.equal((await ask(`/v1/runs/${id}`)).json().pool, 'gpu')
  const again = (await ask(`/v1/runs/${id}/rerun`, {})).json()
  assert.deepEqual([again.pool, again.architecture], ['gpu', 'arm64'])
  assert.equal((await ask(`/v1/runs/${id}/rerun`, { pool: 'big' })).json().pool, 'big')
  assertProblem(await ask(`/v1/runs/${id}/rerun`, { pool: 'other' }), 422, 'unknown-pool')
})

test('a name that cannot be a pool is refused, and so is one that never was one, with the nearest', async context => {
  const { submit, ask } = await open(context)
  for (const pool of ['GPU', '', 'a/b', '1st', 'x'.repeat(33), 'gpu\n']) {
    assertProblem(await submit({ pool }), 400, 'invalid-request')
  }
  assertProblem(await submit({ architecture: 'x86_64' }), 400, 'invalid-request')
  const unknown = assertProblem(await submit({ pool: 'gpus' }), 422, 'unknown-pool')
  assert.equal(unknown.errors?.[0]?.pointer, '/pool')
  assert.match(unknown.detail, /did you mean gpu\?/)
  assert.match(
    assertProblem(await submit({ pool: 'zzzzzzzz' }), 422, 'unknown-pool').detail,
    /there are default, big, gpu/,
  )
  const runs = ['gpu', 'gpus', undefined, 'zzzzzzzz'].map(pool => ({ ...program, ...(pool && { pool }) }))
  const batch = assertProblem(await ask('/v1/batches', { runs }), 422, 'unknown-pool')
  assert.deepEqual(
    batch.errors?.map(({ pointer }) => pointer),
    ['/runs/1/pool', '/runs/3/pool'],
  )
  assert.deepEqual((await ask('/v1/runs')).json().runs, [])
})

test('a key uses its pools alone', async context => {
  const { app, keys } = await open(context)
  await exampleKey(keys, { scopes: ['admin'] })
  const { headers } = await exampleKey(keys, { pools: ['gpu'] })
  const ask = (url: string, body: object) => app.inject({ method: 'POST', url, headers, body })
  const submit = (body: object) => ask('/v1/runs', { ...program, ...body })
  const made = await submit({ pool: 'gpu' })
  assert.equal(made.statusCode, 202, made.body)
  assertProblem(await submit({ pool: 'big' }), 403, 'pool-not-allowed')
  const { detail } = assertProblem(await submit({}), 403, 'pool-not-allowed')
  assert.match(detail, /is default where none is named; the key allows gpu/)
  const rerun = await ask(`/v1/runs/${made.json().id}/rerun`, { pool: 'big' })
  assertProblem(rerun, 403, 'pool-not-allowed')
})

test('a run that no live worker takes says why, until one does', async context => {
  const { submit, ask, workers } = await open(context)
  const { id, waiting } = (await submit({ pool: 'gpu', architecture: 'arm64' })).json()
  assert.equal(waiting?.reason, 'pool-unserved')
  // What is known of the workers is a second old at most.
  const reasonSoon = (reason: string | undefined) =>
    waitFor(`the reason ${reason}`, async () => {
      const run = (await ask(`/v1/runs/${id}`)).json()
      assertShape('Run', run)
      return run.waiting?.reason === reason
    })
  await workers.put(exampleWorker({ id: 'plain' }))
  await workers.put(exampleWorker({ id: 'dead', pools: ['gpu'], seenAt: new Date(Date.now() - 60_000) }))
  await workers.put(exampleWorker({ id: 'going', pools: ['gpu'], state: 'draining' }))
  await reasonSoon('pool-unserved')
  await workers.put(exampleWorker({ id: 'amd64', pools: ['default', 'gpu'] }))
  await reasonSoon('architecture-unserved')
  assert.equal((await submit({ pool: 'gpu' })).json().waiting, undefined)
  // It has not told yet what its engine is.
  await workers.put(exampleWorker({ id: 'starting', pools: ['gpu'], platform: undefined, state: 'starting' }))
  await reasonSoon(undefined)
})

test('a run in an environment for one architecture goes to its workers alone', async context => {
  const families = shipped.families().map(family => ({
    ...family,
    ...(family.name === 'go' && { architecture: 'arm64' as const }),
    ...(family.name === 'c' && { architecture: 'amd64' as const }),
  }))
  const { submit } = await open(context, { parts: { catalogue: new Catalogue(families) } })
  assert.equal((await submit({ environment: 'go' })).json().architecture, 'arm64')
  assert.equal((await submit({ environment: 'go', architecture: 'arm64' })).json().architecture, 'arm64')
  const refused = assertProblem(await submit({ environment: 'go', architecture: 'amd64' }), 400, 'invalid-request')
  assert.deepEqual(refused.errors, [
    { pointer: '/architecture', detail: 'is amd64; the images of go are for arm64 alone' },
  ])
  const checker = { environment: 'c', source: 'int main() {}' }
  const tests = [{ stdin: '1' }]
  assert.equal((await submit({ tests, checker })).json().architecture, 'amd64')
  assertProblem(await submit({ environment: 'go', tests, checker }), 400, 'invalid-request')
})

test('a rerun goes to the architecture that the first run ran on', async context => {
  const api = await open(context)
  const { id } = (await api.submit({})).json()
  const claim = await api.queue.claim('worker-1', AbortSignal.timeout(5_000))
  assert.ok(claim)
  const lease = await api.lifecycle.begin(claim, 'worker-1')
  assert.ok(lease)
  const environment = { name: 'python', version: '3.11.2', digest: 'sha256:1234', architecture: 'arm64' }
  assert.ok(await api.lifecycle.running(lease, environment))
  await finish(api, lease, 0)
  const again = (await api.ask(`/v1/runs/${id}/rerun`, {})).json()
  assert.equal(again.architecture, 'arm64')
  // One that was recorded without goes anywhere, as it did.
  const before = (await api.submit({})).json()
  await finish(api, await take(api), 0)
  assert.equal((await api.ask(`/v1/runs/${before.id}/rerun`, {})).json().architecture, undefined)
})
