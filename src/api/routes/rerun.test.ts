import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { exampleApi, finish, post, take } from '../../../test/support/example-api.ts'
import { exampleKey, exampleKeys, postAs } from '../../../test/support/example-key.ts'
import { newRunId, type RunId } from '../../run/id.ts'
import { defaultCompileLimits } from '../../run/limits.ts'

const submission = {
  environment: 'python@^3.11',
  files: [{ path: 'main.py', content: 'print(1)' }],
  args: ['--fast'],
  stdin: 'in',
  env: { A: 'b' },
  limits: { wallTimeMs: 2000 },
  labels: { team: 'blue' },
  priority: 7,
  maxAttempts: 2,
}

test('a rerun is a new run with the same request, pinned to the image that ran', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app, submission)
  await finish(api, await take(api), 0)
  const reply = await api.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` })
  assert.equal(reply.statusCode, 202, reply.body)
  const run = reply.json()
  assertShape('Run', run)
  assert.equal(run.rerunOf, id)
  assert.notEqual(run.id, id)
  assert.equal(reply.headers.location, `/v1/runs/${run.id}`)
  const [old, fresh] = [await api.runs.find(id), await api.runs.find(run.id)]
  const environment = { name: 'python', version: '3.11.2', digest: 'sha256:1234' }
  assert.deepEqual(fresh?.request, { ...old?.request, rerun: { of: id, environment } })
  assert.deepEqual([fresh?.labels, fresh?.priority, fresh?.maxAttempts], [{ team: 'blue' }, 7, 2])
  const { runs } = (await api.app.inject('/v1/runs?label=team:blue&environment=python')).json()
  assert.deepEqual(
    runs.map((listed: { id: string; rerunOf?: string }) => [listed.id, listed.rerunOf]).toSorted(),
    [
      [run.id, id],
      [id, undefined],
    ].toSorted(),
  )
})

test('a run that never had an image pins none, and a rerun of a rerun keeps the pin', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app, submission)
  const rerun = async (of: string) => {
    const reply = await api.app.inject({ method: 'POST', url: `/v1/runs/${of}/rerun` })
    assert.equal(reply.statusCode, 202, reply.body)
    return reply.json().id as RunId
  }
  const unpinned = await rerun(id)
  assert.deepEqual((await api.runs.find(unpinned))?.request.rerun, { of: id })
  const lease = await take(api)
  const pinned = await rerun(lease.run.id)
  const again = await rerun(pinned)
  const environment = { name: 'python', version: '3.11.2', digest: 'sha256:1234' }
  assert.deepEqual((await api.runs.find(again))?.request.rerun, { of: pinned, environment })
})

test('a rerun may have other labels and another priority, and nothing else', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app, submission)
  const rerun = (body: object) => api.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun`, body })
  const { labels, priority } = (await rerun({ labels: { team: 'red' }, priority: -1 })).json()
  assert.deepEqual([labels, priority], [{ team: 'red' }, -1])
  assert.deepEqual((await rerun({ labels: {} })).json().labels, {})
  assertProblem(await rerun({ stdin: 'other' }), 400, 'invalid-request')
  assertProblem(await rerun({ priority: 101 }), 400, 'invalid-request')
  assertProblem(await rerun({ labels: { '-': 'x' } }), 400, 'invalid-request')
  assertProblem(await rerun([]), 400, 'invalid-request')
})

test('a rerun waits for its end like a run that is posted', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app, submission)
  await finish(api, await take(api), 0)
  const waiting = api.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun`, headers: { prefer: 'wait=30' } })
  await finish(api, await take(api), 0)
  const reply = await waiting
  assert.equal(reply.statusCode, 200)
  assert.equal(reply.headers['preference-applied'], 'wait=30')
  assert.deepEqual(reply.json().outcome, { kind: 'exited', code: 0 })
})

test('a rerun keeps to what is allowed today', async context => {
  const ceilings = { ...defaultCompileLimits, wallTimeMs: 600_000, cpuTimeMs: 600_000 }
  const settings = { ceilings }
  const api = await exampleApi(context, { settings })
  const id = await post(api.app, submission)
  settings.ceilings = { ...ceilings, wallTimeMs: 1_999 }
  const strict = await exampleApi(context, { settings, parts: { runs: api.runs } })
  const reply = await strict.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` })
  const { errors } = assertProblem(reply, 422, 'limit-out-of-range')
  assert.equal(errors?.[0]?.pointer, '/limits/wallTimeMs')
  assert.deepEqual(await strict.runs.countByState(), { queued: 0, preparing: 0, running: 0, finished: 0 })
})

test('a rerun needs its run and its environment to be there', async context => {
  const api = await exampleApi(context)
  assertProblem(await api.app.inject({ method: 'POST', url: `/v1/runs/${newRunId()}/rerun` }), 404, 'run-not-found')
  const id = await post(api.app, submission)
  await finish(api, await take(api), 0)
  const catalogue = {
    ...api.catalogue,
    families: () => [],
    find: () => undefined,
    byExtension: () => undefined,
    resolve: () => [],
    pinned: () => [],
  }
  const without = await exampleApi(context, { parts: { runs: api.runs, catalogue } })
  const reply = await without.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` })
  assertProblem(reply, 422, 'unknown-environment')
})

test('a key reruns in no environment that it is not allowed, whosever the run is', async context => {
  const api = await exampleApi(context)
  const { admin } = await exampleKeys(api.keys)
  const rerunAs = async (id: string, environments: string[]) => {
    const { headers } = await exampleKey(api.keys, { scopes: ['admin'], environments })
    return await api.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun`, headers })
  }
  const ran = await postAs(api.app, admin, { environment: 'python', source: '' })
  // As which version it ran counts, not which one the name means.
  await finish(api, await take(api), 0)
  assertProblem(await rerunAs(ran, ['go']), 403, 'environment-not-allowed')
  assertProblem(await rerunAs(ran, ['python@3.14.*']), 403, 'environment-not-allowed')
  assert.equal((await rerunAs(ran, ['python@3.11.2'])).statusCode, 202)
  const waiting = await postAs(api.app, admin, { environment: 'go@1.19.8', source: '' })
  assertProblem(await rerunAs(waiting, ['python']), 403, 'environment-not-allowed')
  assertProblem(await rerunAs(waiting, ['go@1.25.*']), 403, 'environment-not-allowed')
  assert.equal((await rerunAs(waiting, ['go@1.19.8'])).statusCode, 202)
})

test('a key reruns its own run whichever version its image turned out to have', async context => {
  const api = await exampleApi(context)
  await exampleKeys(api.keys)
  const key = await exampleKey(api.keys, { environments: ['go'] })
  const id = await postAs(api.app, key, { environment: 'go', source: '' })
  // The example's worker says python, where a real one would say another version.
  await finish(api, await take(api), 0)
  const reply = await api.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun`, headers: key.headers })
  assert.equal(reply.statusCode, 202, reply.body)
})

test('a rerun that is sent twice with one key is one run', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app, submission)
  const request = { method: 'POST', url: `/v1/runs/${id}/rerun`, headers: { 'idempotency-key': 'once' } } as const
  const [first, second] = [await api.app.inject(request), await api.app.inject(request)]
  assert.deepEqual([first.statusCode, second.json().id], [202, first.json().id])
  assertProblem(await api.app.inject({ ...request, body: { priority: 1 } }), 422, 'idempotency-key-reused')
  const other = await post(api.app, submission)
  assertProblem(await api.app.inject({ ...request, url: `/v1/runs/${other}/rerun` }), 422, 'idempotency-key-reused')
})

test('a full queue takes no reruns either', async context => {
  const api = await exampleApi(context, { maxQueuedRuns: 1 })
  const id = await post(api.app, submission)
  assertProblem(await api.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` }), 429, 'queue-full')
})
