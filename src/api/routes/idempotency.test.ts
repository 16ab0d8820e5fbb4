import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { assertProblem } from '../../../test/support/assert-answer.ts'
import { exampleApi, finish, take, write } from '../../../test/support/example-api.ts'

const source = { environment: 'python', source: 'print(1)' }

function send(app: FastifyInstance, key: string, body: object = source, headers: Record<string, string> = {}) {
  return app.inject({ method: 'POST', url: '/v1/runs', headers: { 'idempotency-key': key, ...headers }, body })
}

test('the same key and body give the same run', async context => {
  const { app, queue } = await exampleApi(context)
  const [first, second, quoted] = [await send(app, 'a'), await send(app, 'a'), await send(app, '"a"')]
  for (const reply of [first, second, quoted]) {
    assert.equal(reply.statusCode, 202)
    assert.equal(reply.json().id, first.json().id)
    assert.equal(reply.headers.location, `/v1/runs/${first.json().id}`)
  }
  assert.equal(await queue.depth(), 1)
  assert.notEqual((await send(app, 'b')).json().id, first.json().id)
})

test('requests with one key that arrive together make one run', async context => {
  const { app, queue } = await exampleApi(context)
  const replies = await Promise.all(Array.from({ length: 20 }, () => send(app, 'a')))
  assert.equal(new Set(replies.map(reply => reply.json().id)).size, 1)
  assert.equal(await queue.depth(), 1)
})

test('the run of a repeated request is told as it is by now, and waited for', async context => {
  const api = await exampleApi(context)
  const { id } = (await send(api.app, 'a')).json()
  const waiting = send(api.app, 'a', source, { prefer: 'wait=30' })
  const lease = await take(api)
  assert.equal((await send(api.app, 'a')).json().state, 'running')
  await write(api, lease, 'hi')
  await finish(api, lease, 2)
  const waited = await waiting
  assert.equal(waited.statusCode, 200)
  assert.equal(waited.json().stages[0].stdout.content, 'hi')
  const after = await send(api.app, 'a')
  assert.deepEqual([after.statusCode, after.json().id, after.json().state], [202, id, 'finished'])
})

test('another body with the same key is refused, whatever the difference', async context => {
  const { app, queue } = await exampleApi(context)
  await send(app, 'a')
  assertProblem(await send(app, 'a', { ...source, priority: 1 }), 422, 'idempotency-key-reused')
  const headers = { 'idempotency-key': 'a', 'content-type': 'application/json' }
  const payload = `${JSON.stringify(source)} `
  assertProblem(await app.inject({ method: 'POST', url: '/v1/runs', headers, payload }), 422, 'idempotency-key-reused')
  assert.equal(await queue.depth(), 1)
})

test('a run that was deleted is not made again by its key', async context => {
  const api = await exampleApi(context)
  const { id } = (await send(api.app, 'a')).json()
  await finish(api, await take(api), 0)
  await api.app.inject({ method: 'DELETE', url: `/v1/runs/${id}` })
  assert.match(assertProblem(await send(api.app, 'a'), 410, 'idempotency-key-spent').detail, new RegExp(id))
})

test('a request that was refused leaves its key unused', async context => {
  const { app } = await exampleApi(context, { maxQueuedRuns: 1 })
  assertProblem(await send(app, 'a', { ...source, environment: 'pyhton' }), 422, 'unknown-environment')
  assert.equal((await send(app, 'a')).statusCode, 202)
  assertProblem(await send(app, 'b'), 429, 'queue-full')
  assert.equal((await send(app, 'a')).statusCode, 202, 'a full queue has room for what is in it')
})

const refused = ['', ' ', 'a b', 'a, a', 'ü', '"', '"a', 'a\u007f', '""', '"a b"', 'x'.repeat(256)]

test('a key that cannot be one is refused', async context => {
  const { app, queue } = await exampleApi(context)
  for (const key of refused) assertProblem(await send(app, key), 400, 'invalid-request')
  assert.equal(await queue.depth(), 0)
  for (const key of ['x'.repeat(255), '"a\\"b"', 'a"b', '{}']) assert.equal((await send(app, key)).statusCode, 202)
})

test('what a client wrote as key is not kept', async context => {
  const { app, database } = await exampleApi(context)
  await send(app, 'somebody@example.org')
  const rows = await database.rows.selectFrom('idempotency_keys').selectAll().execute()
  assert.equal(rows.length, 1)
  assert.doesNotMatch(JSON.stringify(rows), /somebody|python/)
})
