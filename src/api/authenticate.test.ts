import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem } from '../../test/support/assert-answer.ts'
import { exampleApi, post } from '../../test/support/example-api.ts'
import { exampleKey, exampleKeys } from '../../test/support/example-key.ts'
import { newKeyId } from '../run/key.ts'
import { newKeyText } from '../run/key-text.ts'

const open = ['/health/live', '/health/ready', '/docs', '/docs/static/index.html', '/docs/json', '/openapi.json']

test('without keys everybody who reaches the server may do everything', async context => {
  const { app } = await exampleApi(context)
  const id = await post(app)
  assert.equal((await app.inject(`/v1/runs/${id}`)).statusCode, 200)
  assert.equal((await app.inject('/v1/keys')).statusCode, 200)
})

test('from the first key on every route needs one, on loopback too, but for those that tell nothing', async context => {
  const { app, keys } = await exampleApi(context)
  await exampleKey(keys, { scopes: ['admin'] })
  for (const [url, methods] of app.routeTable) {
    for (const method of methods) {
      const address = url.replaceAll(/:\w+|\*/g, 'x')
      const reply = await app.inject({ method: method as 'GET', url: address })
      if (open.includes(url) || url.startsWith('/docs')) assert.notEqual(reply.statusCode, 401, `${method} ${url}`)
      else {
        assert.equal(reply.statusCode, 401, `${method} ${url}`)
        assert.equal(reply.headers['www-authenticate'], 'Bearer realm="run-it"')
      }
    }
  }
  assertProblem(await app.inject('/v1/nothing'), 404, 'route-not-found')
  assertProblem(await app.inject({ method: 'PUT', url: '/v1/runs' }), 405, 'method-not-allowed')
})

test('a key that is mistyped, unknown, of another kind or revoked opens nothing, and is told apart', async context => {
  const { app, keys } = await exampleApi(context)
  const { admin, alice } = await exampleKeys(keys)
  await keys.revoke(alice.key.id, new Date())
  const unknown = newKeyText(newKeyId()).text
  // Of the right id, but with another secret.
  const forged = newKeyText(admin.key.id).text
  const cases: readonly (readonly [string, RegExp])[] = [
    [`Bearer ${admin.secret.slice(0, -1)}`, /cut off/],
    [`Bearer ${unknown}`, /unknown or revoked/],
    [`Bearer ${forged}`, /unknown or revoked/],
    [alice.headers.authorization, /unknown or revoked/],
    [`Basic ${admin.secret}`, /cut off/],
    [admin.secret, /cut off/],
    ['', /cut off/],
  ]
  for (const [authorization, detail] of cases) {
    const reply = await app.inject({ url: '/v1/runs', headers: { authorization } })
    assert.match(assertProblem(reply, 401, 'unauthorized').detail, detail, authorization)
    assert.equal(reply.headers['www-authenticate'], 'Bearer realm="run-it", error="invalid_token"')
    assert.ok(!reply.body.includes(admin.secret.slice(40)))
  }
  assert.equal((await app.inject({ url: '/v1/runs', headers: admin.headers })).statusCode, 200)
  assert.equal(
    (await app.inject({ url: '/v1/runs', headers: { authorization: `bearer  ${admin.secret}` } })).statusCode,
    200,
  )
})

test('each scope opens what it is for', async context => {
  const { app, keys } = await exampleApi(context)
  const admin = await exampleKey(keys, { scopes: ['admin'] })
  const reader = await exampleKey(keys, { scopes: ['read'] })
  const runner = await exampleKey(keys, { scopes: ['run'] })
  const submit = (headers: object) =>
    app.inject({
      method: 'POST',
      url: '/v1/runs',
      headers: { ...headers },
      body: { environment: 'python', source: '' },
    })
  assert.equal((await submit(runner.headers)).statusCode, 202)
  assert.equal((await submit(admin.headers)).statusCode, 202)
  const refused = await submit(reader.headers)
  assert.match(assertProblem(refused, 403, 'forbidden').detail, /has the scopes read; this needs run/)
  assert.match(String(refused.headers['www-authenticate']), /error="insufficient_scope", scope="run"/)
  for (const url of ['/v1/runs', '/v1/environments', '/v1/platform']) {
    assertProblem(await app.inject({ url, headers: runner.headers }), 403, 'forbidden')
    assert.notEqual((await app.inject({ url, headers: reader.headers })).statusCode, 403)
  }
  for (const url of ['/v1/workers', '/v1/keys']) {
    assertProblem(await app.inject({ url, headers: reader.headers }), 403, 'forbidden')
    assert.equal((await app.inject({ url, headers: admin.headers })).statusCode, 200)
  }
})

test('a key is what counts where one is needed: any name of the server will do', async context => {
  const { app, keys } = await exampleApi(context)
  const { admin } = await exampleKeys(keys)
  const headers = { ...admin.headers, host: 'runs.example' }
  assert.equal((await app.inject({ url: '/v1/runs', headers })).statusCode, 200)
  assert.equal((await app.inject({ url: '/health/live', headers: { host: 'runs.example' } })).statusCode, 200)
  assertProblem(await app.inject({ url: '/v1/runs', headers: { host: 'runs.example' } }), 401, 'unauthorized')
})
