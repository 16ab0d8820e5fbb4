import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { exampleApi, finish, post, take, write } from '../../../test/support/example-api.ts'
import { newRunId } from '../../run/id.ts'
import { waitForRun } from '../wait-for-run.ts'

test('a run is answered with the output of its stages, in base64 where it is not text', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const lease = await take(api)
  await write(api, lease, Uint8Array.of(0xff, 0x00))
  await finish(api, lease, 2)
  const reply = await api.app.inject(`/v1/runs/${id}`)
  assert.equal(reply.statusCode, 200)
  assertShape('Run', reply.json())
  assert.deepEqual(reply.json().stages[0].stdout, {
    content: '/wA=',
    encoding: 'base64',
    bytes: 2,
    truncated: false,
  })
})

test('a run can be waited for', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const waiting = api.app.inject({ url: `/v1/runs/${id}`, headers: { prefer: 'wait=30' } })
  await finish(api, await take(api), 0)
  const reply = await waiting
  assert.equal(reply.headers['preference-applied'], 'wait=30')
  assert.equal(reply.json().state, 'finished')
})

test('a wait ends with the run as it is when its time is up', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const parts = { runs: api.runs, hints: api.database.hints }
  const run = await waitForRun(parts, id, { waitMs: 5, signal: new AbortController().signal })
  assert.equal(run?.state, 'queued')
})

test('a preference that is nonsense is ignored', async context => {
  const { app } = await exampleApi(context)
  const id = await post(app)
  for (const prefer of ['wait', 'wait=', 'wait=0', 'wait=-1', 'wait=1.5', 'waits=5', 'return=minimal', ';;,=,']) {
    const reply = await app.inject({ url: `/v1/runs/${id}`, headers: { prefer } })
    assert.equal(reply.statusCode, 200)
    assert.equal(reply.headers['preference-applied'], undefined, prefer)
  }
})

test('closing the server ends the waits', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const waiting = api.app.inject({ url: `/v1/runs/${id}`, headers: { prefer: 'wait=60' } })
  await api.app.inject('/health/live')
  await api.app.close()
  assert.equal((await waiting).json().state, 'queued')
})

test('an id that does not exist, or cannot, is not found anywhere', async context => {
  const { app } = await exampleApi(context)
  for (const id of [newRunId(), 'x', '%00', '..%2f']) {
    for (const [method, rest] of [
      ['GET', ''],
      ['GET', '/stdout'],
      ['GET', '/stderr'],
      ['GET', '/artifacts/a'],
      ['GET', '/events'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const) {
      assertProblem(await app.inject({ method, url: `/v1/runs/${id}${rest}` }), 404, 'run-not-found')
    }
  }
})

test('output can be read as bytes while the run goes on, and of one stage', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const lease = await take(api)
  await write(api, lease, 'compiling\n', 'compile')
  await write(api, lease, Uint8Array.of(0xff))
  const whole = await api.app.inject(`/v1/runs/${id}/stdout`)
  assert.deepEqual(whole.rawPayload, Buffer.concat([Buffer.from('compiling\n'), Buffer.of(0xff)]))
  assert.equal(whole.headers['content-type'], 'application/octet-stream')
  assert.equal(whole.headers['x-content-type-options'], 'nosniff')
  assert.deepEqual((await api.app.inject(`/v1/runs/${id}/stdout?stage=run`)).rawPayload, Buffer.of(0xff))
  assert.equal((await api.app.inject(`/v1/runs/${id}/stderr`)).body, '')
  assertProblem(await api.app.inject(`/v1/runs/${id}/stdout?stage=tests`), 400, 'invalid-request')
})

test('a queued run that is canceled is finished, and canceling may be repeated', async context => {
  const { app } = await exampleApi(context)
  const id = await post(app)
  for (const _ of [1, 2]) {
    const reply = await app.inject({ method: 'POST', url: `/v1/runs/${id}/cancel` })
    assert.equal(reply.statusCode, 200)
    assertShape('Run', reply.json())
    assert.deepEqual(reply.json().outcome, { kind: 'canceled' })
  }
})

test('a running run that is canceled is marked', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  await take(api)
  const reply = await api.app.inject({ method: 'POST', url: `/v1/runs/${id}/cancel`, body: {} })
  assert.equal(reply.statusCode, 202)
  assert.equal(reply.json().cancelRequested, true)
})

test('only a finished run can be deleted, and it is gone then', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  assertProblem(await api.app.inject({ method: 'DELETE', url: `/v1/runs/${id}` }), 409, 'run-not-finished')
  await finish(api, await take(api), 0)
  const reply = await api.app.inject({ method: 'DELETE', url: `/v1/runs/${id}` })
  assert.equal(reply.statusCode, 204)
  assert.equal(reply.body, '')
  assertProblem(await api.app.inject(`/v1/runs/${id}`), 404, 'run-not-found')
})

test('runs are listed newest first, page by page, without output', async context => {
  const { app } = await exampleApi(context)
  const ids: string[] = []
  for (let count = 0; count < 5; count++) ids.push(await post(app))
  const newestFirst = ids.toSorted().reverse()
  const listed: string[] = []
  for (let cursor = ''; ; ) {
    const page = (await app.inject(`/v1/runs?limit=2${cursor}`)).json()
    assertShape('RunList', page)
    listed.push(...page.runs.map((run: { id: string }) => run.id))
    if (page.next === undefined) break
    cursor = `&cursor=${page.next}`
  }
  assert.deepEqual(listed, newestFirst)
})

test('runs can be filtered by state, outcome, environment and label', async context => {
  const api = await exampleApi(context)
  const { app } = api
  const python = await post(app, { environment: 'py', source: '', labels: { team: 'a:b' } })
  await finish(api, await take(api), 0)
  const go = await post(app, { environment: 'go', source: '' })
  const list = async (query: string) => {
    const reply = await app.inject(`/v1/runs?${query}`)
    assert.equal(reply.statusCode, 200, reply.body)
    return reply.json().runs.map((run: { id: string }) => run.id)
  }
  assert.deepEqual(await list('state=finished'), [python])
  assert.deepEqual(await list('state=queued'), [go])
  assert.deepEqual(await list('outcome=exited'), [python])
  assert.deepEqual(await list('outcome=failed'), [])
  assert.deepEqual(await list('environment=python3'), [python])
  assert.deepEqual(await list('environment=golang&state=queued'), [go])
  assert.deepEqual(await list('label=team:a:b'), [python])
  assert.deepEqual(await list('label=team=a:b'), [python])
  assert.deepEqual(await list('label=team:a'), [])
})

test('a query that cannot be understood is refused', async context => {
  const { app } = await exampleApi(context)
  const bad: readonly (readonly [string, string])[] = [
    ['limit=0', '?limit'],
    ['limit=101', '?limit'],
    ['limit=ten', '?limit'],
    ['limit=1.5', '?limit'],
    ['limit=1&limit=2', '?limit'],
    ['cursor=x', '?cursor'],
    ['state=done', '?state'],
    ['outcome=ok', '?outcome'],
    ['label=x', '?label'],
    ['stat=queued', '?stat'],
  ]
  for (const [query, pointer] of bad) {
    const problem = assertProblem(await app.inject(`/v1/runs?${query}`), 400, 'invalid-request')
    assert.equal(problem.errors?.[0]?.pointer, pointer, query)
  }
})
