import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { it } from 'node:test'
import { verifyWebhook, WebhookVerificationError } from './client.ts'

/** The example of the specification's own libraries. */
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const body = '{"test": 2432232314}'
const now = new Date(1_614_265_330_000)
const headers = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}

const refused = (promise: Promise<unknown>, message: RegExp) =>
  assert.rejects(promise, error => error instanceof WebhookVerificationError && message.test(error.message))

it('a delivery as Standard Webhooks signs it is accepted, from any kind of headers and body', async () => {
  const told = { test: 2_432_232_314 }
  assert.deepEqual(await verifyWebhook(body, headers, secret, { now }), told)
  assert.deepEqual(await verifyWebhook(new TextEncoder().encode(body), new Headers(headers), secret, { now }), told)
  const other = { 'Webhook-Id': headers['webhook-id'], ...headers, 'set-cookie': ['a'] }
  assert.deepEqual(await verifyWebhook(body, other, secret, { now }), told)
})

it('one of several signatures is enough', async () => {
  const signatures = `v1a,AAAA v1,AAAA v1,! ${headers['webhook-signature']}`
  assert.ok(await verifyWebhook(body, { ...headers, 'webhook-signature': signatures }, secret, { now }))
})

it('what was changed, or signed by somebody else, is refused', async () => {
  const verify = (parts: Partial<typeof headers>, text = body, key = secret) =>
    verifyWebhook(text, { ...headers, ...parts }, key, { now })
  await refused(verify({}, `${body} `), /no signature fits/)
  await refused(verify({ 'webhook-id': 'msg_other' }), /no signature fits/)
  await refused(verify({ 'webhook-timestamp': '1614265331' }), /no signature fits/)
  await refused(verify({}, body, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), /no signature fits/)
  await refused(verify({ 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') }), /no signature/)
  await refused(verify({ 'webhook-signature': '' }), /header is missing/)
  await assert.rejects(verify({}, body, 'plain'), TypeError)
})

it('an old delivery, or one of the future, is refused though its signature fits', async () => {
  for (const seconds of [-301, 301]) {
    const at = { now: new Date(now.getTime() + seconds * 1000) }
    await refused(verifyWebhook(body, headers, secret, at), /too far from now/)
    assert.ok(await verifyWebhook(body, headers, secret, { ...at, toleranceSeconds: 302 }))
  }
  for (const timestamp of ['', 'x', '1e9', '-1', '1614265330.5', 'Infinity']) {
    const signature = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
      .update(`m.${timestamp}.${body}`)
      .digest('base64')
    const forged = { 'webhook-id': 'm', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
    await assert.rejects(verifyWebhook(body, forged, secret, { now }), WebhookVerificationError)
  }
})
