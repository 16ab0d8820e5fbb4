import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { exampleApi, post } from '../../../test/support/example-api.ts'
import { exampleKeys, postAs } from '../../../test/support/example-key.ts'
import { waitFor } from '../../../test/support/wait-for.ts'
import { newKeyId } from '../../run/key.ts'
import { inProcessFetch } from '../in-process-fetch.ts'

test('the first key is made while none is needed, and must be able to make others', async context => {
  const { app, keys } = await exampleApi(context)
  const create = (body: object, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: '/v1/keys', headers, body })
  assert.match(assertProblem(await create({ name: 'ci' }), 409, 'key-conflict').detail, /scope admin/)
  assert.equal(await keys.exist(), false)
  const first = await create({ name: 'ops', scopes: ['admin'] })
  assert.equal(first.statusCode, 201, first.body)
  assertShape('NewKey', first.json())
  assertProblem(await create({ name: 'ci' }), 401, 'unauthorized')
  const headers = { authorization: `Bearer ${first.json().secret}` }
  const grant = {
    name: 'shop',
    scopes: ['run'],
    maxConcurrentRuns: 2,
    runsPerMinute: 60,
    limits: { memoryBytes: 64 * 1024 ** 2 },
    environments: ['python', 'go@1.19.*'],
    pools: ['default', 'gpu'],
    network: false,
  }
  const second = await create(grant, headers)
  const { id, createdAt, secret, ...told } = second.json()
  assert.deepEqual(told, grant)
  const list = await app.inject({ url: '/v1/keys', headers })
  assertShape('KeyList', list.json())
  assert.deepEqual(list.json().keys[0], { id, createdAt, ...grant })
  assert.ok(!list.body.includes(secret) && !list.body.includes(first.json().secret))
})

test('two first keys at the same time are one', async context => {
  const { app } = await exampleApi(context)
  const body = { name: 'ops', scopes: ['admin'] }
  const replies = await Promise.all([1, 2, 3].map(() => app.inject({ method: 'POST', url: '/v1/keys', body })))
  assert.ok(replies.some(reply => reply.statusCode === 201))
  assert.equal((await app.inject({ method: 'POST', url: '/v1/keys', body })).statusCode, 401)
})

test('a key that makes no sense is refused with what is wrong', async context => {
  const { app } = await exampleApi(context)
  const cases: readonly (readonly [object, number, string, string])[] = [
    [{}, 400, 'invalid-request', '/name'],
    [{ name: 'a\nb' }, 400, 'invalid-request', '/name'],
    [{ name: '' }, 400, 'invalid-request', '/name'],
    [{ name: 'a', scopes: [] }, 400, 'invalid-request', '/scopes'],
    [{ name: 'a', scopes: ['root'] }, 400, 'invalid-request', '/scopes/0'],
    [{ name: 'a', runsPerMinute: 0 }, 400, 'invalid-request', '/runsPerMinute'],
    [{ name: 'a', environments: ['py thon'] }, 400, 'invalid-request', '/environments/0'],
    [{ name: 'a', limits: { memoryBytes: 1 } }, 422, 'limit-out-of-range', '/limits/memoryBytes'],
    [{ name: 'a', secret: 'x' }, 400, 'invalid-request', '/secret'],
  ]
  for (const [body, status, code, pointer] of cases) {
    const problem = assertProblem(await app.inject({ method: 'POST', url: '/v1/keys', body }), status, code)
    assert.equal(problem.errors?.[0]?.pointer, pointer)
  }
})

test('keys are listed page by page, newest first', async context => {
  const { app, keys } = await exampleApi(context)
  const { admin, alice, bob } = await exampleKeys(keys)
  const page = async (query: string) => (await app.inject({ url: `/v1/keys?${query}`, headers: admin.headers })).json()
  const first = await page('limit=2')
  const second = await page(`limit=2&cursor=${first.next}`)
  const ids = [...first.keys, ...second.keys].map(key => key.id)
  assert.deepEqual(
    ids,
    [admin, alice, bob]
      .map(({ key }) => key.id)
      .toSorted()
      .toReversed(),
  )
  assert.equal(second.next, undefined)
  assertProblem(await app.inject({ url: '/v1/keys?cursor=x', headers: admin.headers }), 400, 'invalid-request')
})

test('a revoked key opens nothing from then on, and its runs go on', async context => {
  const { app, keys } = await exampleApi(context)
  const { admin, alice } = await exampleKeys(keys)
  const id = await postAs(app, alice)
  const revoke = (key: string) => app.inject({ method: 'DELETE', url: `/v1/keys/${key}`, headers: admin.headers })
  assert.equal((await revoke(alice.key.id)).statusCode, 204)
  assertProblem(await app.inject({ url: `/v1/runs/${id}`, headers: alice.headers }), 401, 'unauthorized')
  assert.equal((await revoke(alice.key.id)).statusCode, 204)
  assert.equal((await app.inject({ url: `/v1/runs/${id}`, headers: admin.headers })).json().state, 'queued')
  for (const unknown of [newKeyId(), 'x', '%20']) assertProblem(await revoke(unknown), 404, 'key-not-found')
})

test('the last administrator stays', async context => {
  const { app, keys } = await exampleApi(context)
  const { admin } = await exampleKeys(keys)
  const request = { method: 'DELETE', url: `/v1/keys/${admin.key.id}`, headers: admin.headers } as const
  assertProblem(await app.inject(request), 409, 'key-conflict')
  assert.equal((await app.inject({ url: '/v1/keys', headers: admin.headers })).statusCode, 200)
})

test('what waits with a key ends when it is revoked', { timeout: 10_000 }, async context => {
  const topics: string[] = []
  const { app, keys } = await exampleApi(context, {
    hints: inner => ({
      subscribe(topic, listener) {
        topics.push(topic)
        return inner.subscribe(topic, listener)
      },
    }),
  })
  const { alice } = await exampleKeys(keys)
  const id = await postAs(app, alice)
  const reply = await inProcessFetch(app)(`http://x/v1/runs/${id}/events`, { headers: alice.headers })
  const reader = reply.body?.getReader()
  assert.ok(reader)
  await reader.read()
  // It begins when somebody asks for its end.
  const waiting = app
    .inject({ url: `/v1/runs/${id}`, headers: { ...alice.headers, prefer: 'wait=60' } })
    .then(done => done)
  const ended = (async () => {
    while (!(await reader.read()).done);
  })()
  await waitFor('both to wait', () => topics.filter(topic => topic === `run:${id}`).length === 2)
  await keys.revoke(alice.key.id, new Date())
  await ended
  assert.equal((await waiting).json().state, 'queued')
})

test('what waits with a key ends when it is revoked although the hint is lost', { timeout: 10_000 }, async context => {
  const house = await exampleApi(context, { hints: () => ({ subscribe: () => () => {} }) })
  const { alice } = await exampleKeys(house.keys)
  const id = await postAs(house.app, alice)
  const { port } = new URL(await house.app.listen({ host: '127.0.0.1', port: 0 }))
  const reply = await fetch(`http://127.0.0.1:${port}/v1/runs/${id}/events`, { headers: alice.headers })
  const reader = reply.body?.getReader()
  await house.keys.revoke(alice.key.id, new Date())
  while (!(await reader?.read())?.done);
})

test('a page of a foreign web site cannot make the first key', async context => {
  const { app, keys } = await exampleApi(context)
  const headers = { origin: 'https://evil.example' }
  const body = { name: 'evil', scopes: ['admin'] }
  assertProblem(await app.inject({ method: 'POST', url: '/v1/keys', headers, body }), 403, 'cross-site-request')
  assert.equal(await keys.exist(), false)
  await post(app)
})
