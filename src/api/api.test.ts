import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { assertProblem } from '../../test/support/assert-answer.ts'
import { exampleApi } from '../../test/support/example-api.ts'
import { waitFor } from '../../test/support/wait-for.ts'

const json = { 'content-type': 'application/json' }

test('an address that does not exist is a problem', async context => {
  const { app } = await exampleApi(context)
  for (const url of ['/', '/v2/runs', '/v1/runs/1/2', '/v1/run?x=1', '/V1/runs']) {
    assertProblem(await app.inject(url), 404, 'route-not-found')
  }
})

test('a method that an address does not know is answered with those that it does', async context => {
  const { app } = await exampleApi(context)
  const cases = [
    ['PUT', '/v1/runs', 'GET, HEAD, POST'],
    ['PATCH', '/v1/runs/x?a=b', 'DELETE, GET, HEAD'],
    ['GET', '/v1/runs/x/cancel', 'POST'],
    ['OPTIONS', '/v1/workers', 'GET, HEAD'],
  ] as const
  for (const [method, url, allow] of cases) {
    const reply = await app.inject({ method, url })
    assertProblem(reply, 405, 'method-not-allowed')
    assert.equal(reply.headers.allow, allow)
  }
})

test('an address that is not one is a problem', async context => {
  const { app } = await exampleApi(context)
  assertProblem(await app.inject('/v1/runs/%ff'), 400, 'invalid-request')
  assertProblem(await app.inject(`/v1/runs/${'x'.repeat(500)}`), 400, 'invalid-request')
})

test('a body that is not JSON is refused', async context => {
  const { app } = await exampleApi(context)
  const submit = (payload: string | Buffer, headers: Record<string, string> = json) =>
    app.inject({ method: 'POST', url: '/v1/runs', headers, payload })
  const malformed = [
    '',
    '{',
    '{"a":1}}',
    '{"__proto__":{"x":1}}',
    '{"env":{"__proto__":{"x":1}}}',
    '{"constructor":{"prototype":{}}}',
    Buffer.concat([Buffer.from('{"source":"'), Buffer.of(0xff), Buffer.from('"}')]),
  ]
  for (const payload of malformed) assertProblem(await submit(payload), 400, 'malformed-json')
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense']) {
    assertProblem(await submit('{}', { 'content-type': type }), 415, 'unsupported-media-type')
  }
  const none = await app.inject({ method: 'POST', url: '/v1/runs' })
  assertProblem(none, 400, 'invalid-request')
})

test('a body over the limit is refused', async context => {
  const { app } = await exampleApi(context, { settings: { maxRequestBytes: 1000 } })
  const payload = JSON.stringify({ environment: 'python', source: 'x'.repeat(1000) })
  assertProblem(await app.inject({ method: 'POST', url: '/v1/runs', headers: json, payload }), 413, 'body-too-large')
})

test('what fails inside is a problem without a stack, which is in the log', async context => {
  const queueDepth = async () => 0
  const workers = { list: () => Promise.reject(new Error('secret detail')) }
  const { app, log } = await exampleApi(context, { parts: { queueDepth, workers } })
  const reply = await app.inject('/v1/workers')
  assertProblem(reply, 500, 'internal')
  assert.doesNotMatch(reply.body, /secret|at /)
  assert.match(log(), /secret detail.*api\.test\.ts/)
})

test('a host that this server does not answer for is refused', async context => {
  const { app } = await exampleApi(context, { settings: { host: 'runs.example' } })
  const ours = ['localhost', 'localhost:8080', '127.0.0.1:8080', '127.1.2.3', '[::1]:8080', 'Runs.Example:80']
  for (const host of ours) {
    assert.equal((await app.inject({ url: '/health/live', headers: { host } })).statusCode, 200, host)
  }
  const foreign = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'a@localhost',
    'x/localhost',
  ]
  for (const host of foreign) {
    assertProblem(await app.inject({ url: '/health/live', headers: { host } }), 421, 'host-not-allowed')
  }
})

test('a server on all addresses answers for every address, but for no foreign name', async context => {
  const { app } = await exampleApi(context, { settings: { host: '0.0.0.0' } })
  for (const host of ['10.0.0.1:8080', '[fe80::1]', 'localhost']) {
    assert.equal((await app.inject({ url: '/health/live', headers: { host } })).statusCode, 200, host)
  }
  assertProblem(await app.inject({ url: '/v1/runs', headers: { host: 'evil.example' } }), 421, 'host-not-allowed')
})

test('a page of another web site cannot change anything', async context => {
  const { app } = await exampleApi(context)
  const submit = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/v1/runs', headers, body: { environment: 'python', source: '' } })
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:3000', host: 'localhost:8080' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const headers of foreign) assertProblem(await submit(headers), 403, 'cross-site-request')
  const own: Record<string, string>[] = [
    {},
    { origin: 'http://localhost:8080', host: 'localhost:8080' },
    { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' },
    { 'sec-fetch-site': 'none' },
  ]
  for (const headers of own) assert.equal((await submit(headers)).statusCode, 202)
})

test('every answer says that it is to be kept nowhere, and shown as nothing else', async context => {
  const { app } = await exampleApi(context)
  for (const url of ['/v1/runs', '/nowhere', '/openapi.json']) {
    const { headers } = await app.inject(url)
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.match(String(headers['content-security-policy']), /default-src 'none'/)
    assert.equal(headers['access-control-allow-origin'], undefined)
  }
})

test('a request that arrives while the server closes is a problem', async context => {
  const { app } = await exampleApi(context)
  let received = () => 0
  app.server.on('connection', peer => {
    received = () => peer.bytesRead
  })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET /v1/runs HTTP/1.1\r\nHost: localhost\r\n')
  await waitFor('the first half of the request', () => received() > 0)
  const closed = app.close()
  await waitFor('the server to take no more connections', () => !app.server.listening)
  socket.write('\r\n')
  assert.match(await text(socket), /^HTTP\/1\.1 503 [\s\S]*"code":"not-ready"/)
  await closed
})

test('what is not HTTP gets a problem as well', async context => {
  const { app } = await exampleApi(context)
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('nonsense\r\n\r\n')
  const reply = await text(socket)
  assert.match(reply, /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"invalid-request"/)
})
