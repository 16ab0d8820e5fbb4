import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem } from '../../../test/support/assert-answer.ts'
import { type ExampleApi, exampleApi } from '../../../test/support/example-api.ts'
import { exampleKey } from '../../../test/support/example-key.ts'
import { waitFor } from '../../../test/support/wait-for.ts'
import { newOperationId, type OperationId } from '../../run/operation.ts'

const environment = { name: 'go', version: '1.16.3', digest: 'sha256:1234' }

function pull({ app }: ExampleApi, name: string, headers: Record<string, string> = {}) {
  return app.inject({ method: 'POST', url: `/v1/environments/${encodeURIComponent(name)}/pull`, headers })
}

async function finishNext({ operations }: ExampleApi): Promise<void> {
  const lease = await operations.claim('worker-1', new Date(), new Date(0))
  assert.ok(lease)
  const progress = { phase: 'pull', message: 'Pulling', currentBytes: 1, totalBytes: 2 } as const
  await operations.append(lease, [{ type: 'progress', progress }], new Date())
  await operations.finish(lease, { kind: 'succeeded', environment }, new Date())
}

test('a pull is an operation with an address, a state and events', async context => {
  const api = await exampleApi(context)
  const accepted = await pull(api, 'go@1.16.3')
  assert.equal(accepted.statusCode, 202, accepted.body)
  const { id, state, kind, environment: asked } = accepted.json()
  assert.deepEqual([state, kind, asked], ['queued', 'pull', 'go@1.16.3'])
  assert.equal(accepted.headers.location, `/v1/operations/${id}`)
  assert.equal((await pull(api, 'go@1.16.3')).json().id, id)
  await finishNext(api)
  const found = (await api.app.inject(`/v1/operations/${id}`)).json()
  assert.deepEqual([found.state, found.outcome], ['finished', { kind: 'succeeded', environment }])
  const stream = await api.app.inject(`/v1/operations/${id}/events`)
  assert.match(stream.headers['content-type'] as string, /^text\/event-stream/)
  const told = stream.body.split('\n\n').flatMap(text => /^data: (.*)$/m.exec(text)?.[1] ?? [])
  const events = told.map(text => JSON.parse(text))
  assert.deepEqual(
    events.map(event => event.state ?? event.type),
    ['queued', 'running', 'progress', 'finished'],
  )
  assert.deepEqual(events.at(-1).operation, found)
  const rest = await api.app.inject({ url: `/v1/operations/${id}/events`, headers: { 'last-event-id': '3' } })
  assert.match(rest.body, /^retry: 1000\n\nid: 4\nevent: finished\n/)
  const over = await api.app.inject({ url: `/v1/operations/${id}/events`, headers: { 'last-event-id': '4' } })
  assert.equal(over.statusCode, 204)
})

test('a pull can be waited for', async context => {
  const api = await exampleApi(context)
  const waiting = pull(api, 'go', { prefer: 'wait=30' })
  const claim = () => api.operations.claim('worker-1', new Date(), new Date(0))
  const lease = await waitFor('the operation', claim)
  await api.operations.finish(lease, { kind: 'failed', code: 'environment-unavailable', detail: 'No.' }, new Date())
  const reply = await waiting
  assert.deepEqual([reply.statusCode, reply.json().state], [200, 'finished'])
  assert.equal(reply.headers['preference-applied'], 'wait=30')
})

test('a pull of what there is not, or too many of them, is a problem', async context => {
  const api = await exampleApi(context)
  assertProblem(await pull(api, 'klingon'), 422, 'unknown-environment')
  assertProblem(await pull(api, 'go@1.12.1'), 422, 'unknown-version')
  assertProblem(await pull(api, 'go@'), 400, 'invalid-request')
  assertProblem(await pull(api, 'go@1;rm'), 400, 'invalid-request')
  for (let minor = 0; minor < 100; minor += 1) await pull(api, `python@3.100.${minor}`)
  const refused = await pull(api, 'go')
  assertProblem(refused, 429, 'too-many-operations')
  assert.equal(refused.headers['retry-after'], '30')
  for (const id of ['x', newOperationId() as string, '..%2fx']) {
    assertProblem(await api.app.inject(`/v1/operations/${id}`), 404, 'operation-not-found')
    assertProblem(await api.app.inject(`/v1/operations/${id}/events`), 404, 'operation-not-found')
  }
})

test('operations are for administrators, of the environments that their key is for', async context => {
  const api = await exampleApi(context)
  const admin = await exampleKey(api.keys, { scopes: ['admin'] })
  const runner = await exampleKey(api.keys, {})
  const narrow = await exampleKey(api.keys, { scopes: ['admin'], environments: ['python'] })
  assertProblem(await pull(api, 'go', runner.headers), 403, 'forbidden')
  assertProblem(await pull(api, 'go'), 401, 'unauthorized')
  assertProblem(await pull(api, 'go', narrow.headers), 403, 'environment-not-allowed')
  const made = await pull(api, 'go', admin.headers)
  assert.equal(made.statusCode, 202)
  const id: OperationId = made.json().id
  assert.equal(made.json().keyId, (await api.operations.find(id))?.keyId)
  for (const url of [`/v1/operations/${id}`, `/v1/operations/${id}/events`]) {
    assertProblem(await api.app.inject({ url, headers: runner.headers }), 403, 'forbidden')
  }
})
