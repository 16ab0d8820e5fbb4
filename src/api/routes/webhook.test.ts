import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { exampleApi, finish, post, take } from '../../../test/support/example-api.ts'
import { exampleKeys } from '../../../test/support/example-key.ts'
import { secretFault } from '../../webhook/sign-delivery.ts'
import { TargetPolicy } from '../../webhook/target-policy.ts'
import type { WebhookRules } from '../api-parts.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const policy = TargetPolicy.parse('')
const webhooks: WebhookRules = { urlFault: url => policy.fault(url), secretFault, hasSecret: false }
const url = 'https://example.org/hook'
const body = (webhook: unknown) => ({ environment: 'python', source: 'print(1)', webhook })

test("a run's webhook waits for its end, and no answer shows its secret", async context => {
  const api = await exampleApi(context, { settings: { webhooks } })
  const posted = await api.app.inject({ method: 'POST', url: '/v1/runs', body: body({ url, secret }) })
  assert.equal(posted.statusCode, 202, posted.body)
  const { id } = posted.json()
  const deliveries = () => api.app.inject(`/v1/runs/${id}/deliveries`)
  const waiting = await deliveries()
  assertShape('WebhookLog', waiting.json())
  assert.deepEqual(waiting.json(), { url, state: 'waiting', deliveries: [] })
  await finish(api, await take(api), 0)
  const pending = await deliveries()
  assertShape('WebhookLog', pending.json())
  assert.equal(pending.json().state, 'pending')
  const run = await api.app.inject(`/v1/runs/${id}`)
  const list = await api.app.inject('/v1/runs')
  const events = await api.app.inject(`/v1/runs/${id}/events`)
  const told = [posted, waiting, pending, run, list, events].map(reply => reply.body).join()
  assert.doesNotMatch(`${told}${api.log()}`, /whsec_|MfKQ9r8/)
})

const refused: readonly (readonly [webhook: unknown, status: number, code: string, pointer: string])[] = [
  [url, 400, 'invalid-request', '/webhook'],
  [{}, 400, 'invalid-request', '/webhook/url'],
  [{ url, secret, events: [] }, 400, 'invalid-request', '/webhook/events'],
  [{ url: 5, secret }, 400, 'invalid-request', '/webhook/url'],
  [{ url }, 422, 'invalid-webhook', '/webhook/secret'],
  [{ url, secret: '' }, 422, 'invalid-webhook', '/webhook/secret'],
  [{ url, secret: 'whsec_' }, 422, 'invalid-webhook', '/webhook/secret'],
  [{ url, secret: secret.slice(6) }, 422, 'invalid-webhook', '/webhook/secret'],
  [{ url, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa' }, 422, 'invalid-webhook', '/webhook/secret'],
  [{ url, secret: `whsec_${'A'.repeat(88)}` }, 422, 'invalid-webhook', '/webhook/secret'],
  [{ url, secret: `${secret}\n` }, 422, 'invalid-webhook', '/webhook/secret'],
  [{ url: '', secret }, 422, 'invalid-webhook', '/webhook/url'],
  [{ url: 'https://127.0.0.1/', secret }, 422, 'invalid-webhook', '/webhook/url'],
  [{ url: 'https://[::ffff:a9fe:a9fe]/', secret }, 422, 'invalid-webhook', '/webhook/url'],
  [{ url: 'http://example.org/', secret }, 422, 'invalid-webhook', '/webhook/url'],
]

test('a webhook that cannot be accepted is refused with why, and the secret is not quoted', async context => {
  const { app, queue } = await exampleApi(context, { settings: { webhooks } })
  for (const [webhook, status, code, pointer] of refused) {
    const reply = await app.inject({ method: 'POST', url: '/v1/runs', body: body(webhook) })
    const problem = assertProblem(reply, status, code)
    assert.deepEqual(
      problem.errors?.map(error => error.pointer),
      [pointer],
      JSON.stringify(webhook),
    )
    assert.doesNotMatch(reply.body, /MfKQ9r8/)
  }
  assert.equal(await queue.depth(), 0)
})

test('where the installation has a secret a webhook needs none', async context => {
  const { app } = await exampleApi(context, { settings: { webhooks: { ...webhooks, hasSecret: true } } })
  await post(app, body({ url }))
})

test('a run without a webhook has no deliveries, and nobody sees those of others', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  assertProblem(await api.app.inject(`/v1/runs/${id}/deliveries`), 404, 'webhook-not-found')
  assertProblem(await api.app.inject('/v1/runs/01JD0000000000000000000000/deliveries'), 404, 'run-not-found')
  const { alice, bob } = await exampleKeys(api.keys)
  const request = { method: 'POST', url: '/v1/runs', body: body({ url }) } as const
  const { id: hers } = (await api.app.inject({ ...request, headers: alice.headers })).json()
  const deliveries = { url: `/v1/runs/${hers}/deliveries` }
  assert.equal((await api.app.inject({ ...deliveries, headers: alice.headers })).statusCode, 200)
  assertProblem(await api.app.inject({ ...deliveries, headers: bob.headers }), 404, 'run-not-found')
})
