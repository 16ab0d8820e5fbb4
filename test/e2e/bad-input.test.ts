import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { TestServer } from '../support/server.ts'

const hello = { environment: 'bash', source: 'echo hi' }
const maxRequestBytes = 100_000

function withFile(path: string): object {
  return { environment: 'bash', files: [{ path, content: 'x' }] }
}

/** What is sent, and what must come back: status, code, and where the mistake is. */
const mistakes: readonly (readonly [string, unknown, number, string, string?])[] = [
  ['an unknown environment', { ...hello, environment: 'pyton' }, 422, 'unknown-environment'],
  ['an unknown version', { ...hello, environment: 'python@1.0.0' }, 422, 'unknown-version'],
  ['an unknown field', { ...hello, sorce: 'x' }, 400, 'invalid-request', '/sorce'],
  ['a path with ..', withFile('../x'), 422, 'invalid-file', '/files/0/path'],
  ['an absolute path', withFile('/etc/passwd'), 422, 'invalid-file', '/files/0/path'],
  ['a NUL in a path', withFile('a\0b'), 422, 'invalid-file', '/files/0/path'],
  ['an empty path', withFile(''), 422, 'invalid-file', '/files/0/path'],
  [
    'a duplicate path',
    { environment: 'bash', files: ['a', 'a'].map(path => ({ path, content: '' })) },
    422,
    'invalid-file',
    '/files/1/path',
  ],
  ['a limit of 0', { ...hello, limits: { wallTimeMs: 0 } }, 422, 'limit-out-of-range', '/limits/wallTimeMs'],
  ['a negative limit', { ...hello, limits: { memoryBytes: -1 } }, 422, 'limit-out-of-range', '/limits/memoryBytes'],
  [
    'a limit over the ceiling',
    { ...hello, limits: { processes: 1e9 } },
    422,
    'limit-out-of-range',
    '/limits/processes',
  ],
  ['malformed JSON', '{"environment": ', 400, 'malformed-json'],
  ['a body over the limit', { ...hello, source: 'x'.repeat(maxRequestBytes) }, 413, 'body-too-large'],
]

suite('bad input', () => {
  let server: TestServer
  before(async () => {
    server = await TestServer.start({ flags: ['--max-request-bytes', String(maxRequestBytes)] })
  })
  after(() => server[Symbol.asyncDispose]())

  async function post(body: unknown): Promise<Response> {
    return await fetch(`${server.url}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  for (const [name, body, status, code, pointer] of mistakes) {
    test(`${name} is a clear problem, and nothing is enqueued`, async () => {
      const response = await post(body)
      const problem = await response.json()
      assert.deepEqual([response.status, problem.code], [status, code], JSON.stringify(problem))
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      if (pointer !== undefined) assert.equal(problem.errors[0].pointer, pointer)
      assert.equal((await server.client.runs.list()).runs.length, 0)
    })
  }

  test('a problem about a name offers the nearest ones', async () => {
    assert.match(JSON.stringify(await (await post({ ...hello, environment: 'pyton' })).json()), /python/)
    assert.match(JSON.stringify(await (await post({ ...hello, environment: 'go@1.16.4' })).json()), /1\.16/)
  })

  test('an unknown id is 404 everywhere', async () => {
    for (const id of ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'nonsense', '..%2f..']) {
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/stdout'],
        ['GET', '/stderr'],
        ['GET', '/artifacts/a'],
        ['GET', '/events'],
        ['POST', '/cancel'],
        ['DELETE', ''],
      ]) {
        const response = await fetch(`${server.url}/v1/runs/${id}${path}`, { method })
        assert.equal(response.status, 404, `${method} ${id}${path}`)
        assert.equal((await response.json()).code, 'run-not-found')
      }
    }
  })
})
