import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem } from '../../test/support/assert-answer.ts'
import { exampleApi } from '../../test/support/example-api.ts'
import { type ExampleKey, exampleKey, exampleKeys } from '../../test/support/example-key.ts'

const MiB = 1024 * 1024

async function submitAs(app: Awaited<ReturnType<typeof exampleApi>>['app'], as: ExampleKey, body: object) {
  const request = { environment: 'python', source: '', ...body }
  return await app.inject({ method: 'POST', url: '/v1/runs', headers: as.headers, body: request })
}

test("a key's ceilings hold for its runs, defaults included, and never raise those of the installation", async context => {
  const { app, keys } = await exampleApi(context)
  const limits = { memoryBytes: 64 * MiB, wallTimeMs: 9_999_999_999 }
  const { alice } = await exampleKeys(keys, { limits })
  const accepted = await submitAs(app, alice, {})
  assert.equal(accepted.json().limits.memoryBytes, 64 * MiB)
  assertProblem(await submitAs(app, alice, { limits: { memoryBytes: 65 * MiB } }), 422, 'limit-out-of-range')
  assertProblem(
    await submitAs(app, alice, { compile: { limits: { memoryBytes: 65 * MiB } } }),
    422,
    'limit-out-of-range',
  )
  assertProblem(await submitAs(app, alice, { limits: { wallTimeMs: 600_001 } }), 422, 'limit-out-of-range')
  const shown = await app.inject({ url: '/v1/environments/python', headers: alice.headers })
  assert.equal(shown.json().limits.memoryBytes, 64 * MiB)
})

test('a key uses and sees the environments of its patterns only', async context => {
  const { app, keys } = await exampleApi(context)
  await exampleKey(keys, { scopes: ['admin'] })
  const cases: readonly (readonly [string[], string[], string[]])[] = [
    [['python'], ['python', 'py', 'python@3.11.2'], ['go', 'bash']],
    [['python@*'], ['python'], ['go']],
    [
      ['py*', 'ba*h'],
      ['python', 'bash'],
      ['go', 'javascript'],
    ],
    [['PYTHON@3.*'], ['python'], ['go']],
    [['python@2.*', 'go'], ['go'], ['python', 'python@3.11.2']],
    // Only as a Debian package, which is not among the published versions.
    [['go@1.19.8'], ['go@1.19.8'], ['go@1.25.3', 'python']],
    // Not advertised, but given by the family all the same.
    [['go@1.16.4'], ['go@1.16.4'], ['go@1.16.5', 'go@1.16.3', 'python']],
    [['go@1.14.*'], ['go@1.14.2'], ['go@1.13.2', 'go@1.25.3']],
    [['go@1.12.1'], [], ['go']],
    [['*'], ['python', 'go', 'bash'], []],
    [['pytho', 'ython', 'p*x*n', 'pp*', 'go@x'], [], ['python', 'go']],
  ]
  for (const [environments, allowed, refused] of cases) {
    const key = await exampleKey(keys, { environments })
    for (const environment of allowed) {
      const reply = await submitAs(app, key, { environment })
      assert.equal(reply.statusCode, 202, `${environments} ${environment} ${reply.body}`)
    }
    for (const environment of refused) {
      const problem = assertProblem(await submitAs(app, key, { environment }), 403, 'environment-not-allowed')
      assert.equal(problem.errors?.[0]?.pointer, '/environment')
    }
    const shown = (await app.inject({ url: '/v1/environments', headers: key.headers })).json().environments
    const names = shown.map((family: { name: string }) => family.name)
    for (const name of refused.filter(name => !name.includes('@')))
      assert.ok(!names.includes(name), `${environments} ${name}`)
  }
  const key = await exampleKey(keys, { environments: ['python'] })
  assertProblem(await submitAs(app, key, { environment: 'nonsense' }), 422, 'unknown-environment')
  assertProblem(await app.inject({ url: '/v1/environments/go', headers: key.headers }), 404, 'environment-not-found')
})

test('network is for a key that may use it, where the installation lets any', async context => {
  const { app, keys } = await exampleApi(context, { settings: { allowNetwork: true } })
  const { alice, bob } = await exampleKeys(keys, { network: true })
  assert.equal((await submitAs(app, alice, { network: true })).statusCode, 202)
  assertProblem(await submitAs(app, bob, { network: true }), 422, 'network-not-allowed')
  const closed = await exampleApi(context)
  const keyed = await exampleKeys(closed.keys, { network: true })
  assertProblem(await submitAs(closed.app, keyed.alice, { network: true }), 422, 'network-not-allowed')
})

test('a key submits as many runs in a minute as it may, and is told how many are left', async context => {
  const { app, keys } = await exampleApi(context)
  const { alice, bob } = await exampleKeys(keys, { runsPerMinute: 3 })
  for (const left of [2, 1, 0]) {
    const reply = await submitAs(app, alice, {})
    assert.equal(reply.statusCode, 202)
    assert.equal(reply.headers['ratelimit-policy'], '"runs";q=3;w=60')
    assert.match(String(reply.headers.ratelimit), new RegExp(`^"runs";r=${left};t=\\d+$`))
  }
  const refused = await submitAs(app, alice, {})
  assertProblem(refused, 429, 'rate-limited')
  const retryAfter = Number(refused.headers['retry-after'])
  assert.ok(retryAfter >= 1 && retryAfter <= 20, `${retryAfter}`)
  assert.match(String(refused.headers.ratelimit), /^"runs";r=0;t=(5\d|60)$/)
  const other = await submitAs(app, bob, {})
  assert.equal(other.statusCode, 202)
  assert.equal(other.headers.ratelimit, undefined)
})

test('what is refused for another reason costs nothing of the rate', async context => {
  const { app, keys } = await exampleApi(context, { maxQueuedRuns: 1 })
  const { alice } = await exampleKeys(keys, { runsPerMinute: 2 })
  assertProblem(await submitAs(app, alice, { limits: { memoryBytes: 1 } }), 422, 'limit-out-of-range')
  assert.equal((await submitAs(app, alice, {})).statusCode, 202)
  const full = await submitAs(app, alice, {})
  assertProblem(full, 429, 'queue-full')
  assert.match(String(full.headers.ratelimit), /r=1;/)
})

test('no key fills the queue for all', async context => {
  const { app, keys } = await exampleApi(context, { maxQueuedRunsPerKey: 2 })
  const { alice, bob } = await exampleKeys(keys)
  for (let count = 0; count < 2; count += 1) assert.equal((await submitAs(app, alice, {})).statusCode, 202)
  const refused = await submitAs(app, alice, {})
  assert.match(assertProblem(refused, 429, 'queue-full').detail, /2 runs of this key/)
  assert.equal(refused.headers['retry-after'], '5')
  assert.equal((await submitAs(app, bob, {})).statusCode, 202)
})
