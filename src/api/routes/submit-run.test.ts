import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { exampleApi, finish, post, take, write } from '../../../test/support/example-api.ts'
import { defaultLimits } from '../../run/limits.ts'

const source = { environment: 'python', source: 'print(1)' }

test('a posted run is stored with every default and answered with its address', async context => {
  const { app, runs } = await exampleApi(context)
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', body: source })
  assert.equal(reply.statusCode, 202)
  const run = reply.json()
  assertShape('Run', run)
  assert.equal(run.state, 'queued')
  assert.equal(reply.headers.location, `/v1/runs/${run.id}`)
  const stored = await runs.find(run.id)
  assert.deepEqual(stored?.request.files, [{ path: 'main.py', content: 'print(1)', encoding: 'utf8' }])
  assert.equal(stored?.request.main, 'main.py')
  assert.deepEqual(stored?.request.limits, defaultLimits)
  assert.deepEqual(stored?.request.stdin, { content: '', encoding: 'utf8' })
  assert.equal(stored?.maxAttempts, 3)
})

test('everything that a request may carry arrives', async context => {
  const { app, runs } = await exampleApi(context, { settings: { allowNetwork: true } })
  const id = await post(app, {
    environment: 'golang@1.19.8',
    files: [
      { path: 'lib/ü.go', content: 'package lib' },
      { path: 'data.bin', content: '/w==', encoding: 'base64' },
    ],
    main: 'lib/ü.go',
    args: ['a', ''],
    stdin: { content: '/w==', encoding: 'base64' },
    env: { LANG: 'C', _X1: '' },
    limits: { wallTimeMs: 5000, diskBytes: 100_000_000 },
    compile: { limits: { memoryBytes: 64_000_000 } },
    network: true,
    labels: { 'team/a.b-c': 'x:y' },
    priority: -100,
    maxAttempts: 1,
  })
  const run = await runs.find(id)
  assert.equal(run?.request.main, 'lib/ü.go')
  assert.equal(run?.request.files[1]?.encoding, 'base64')
  assert.deepEqual(run?.request.args, ['a', ''])
  assert.deepEqual(run?.request.env, { LANG: 'C', _X1: '' })
  assert.equal(run?.request.limits.wallTimeMs, 5000)
  assert.equal(run?.request.compileLimits.memoryBytes, 64_000_000)
  assert.equal(run?.request.compileLimits.diskBytes, 100_000_000)
  assert.equal(run?.request.network, true)
  assert.deepEqual(run?.labels, { 'team/a.b-c': 'x:y' })
  assert.equal(run?.priority, -100)
  assert.equal(run?.maxAttempts, 1)
})

test('the main file is the one of the environment where it is there, else the first', async context => {
  const { app, runs } = await exampleApi(context)
  const [a, main] = [
    { path: 'a.py', content: '' },
    { path: 'main.py', content: '' },
  ]
  const withMain = await post(app, { environment: 'python', files: [a, main] })
  const without = await post(app, { environment: 'python', files: [a] })
  assert.equal((await runs.find(withMain))?.request.main, 'main.py')
  assert.equal((await runs.find(without))?.request.main, 'a.py')
})

const file = (path: string, content = '', encoding = 'utf8') => ({ path, content, encoding })
const files = (...given: object[]) => ({ environment: 'python', files: given })

const refused: readonly (readonly [name: string, body: unknown, status: number, code: string, pointer: string])[] = [
  ['an array', [], 400, 'invalid-request', ''],
  ['null', null, 400, 'invalid-request', ''],
  ['no environment', { source: '' }, 400, 'invalid-request', '/environment'],
  ['a number as environment', { ...source, environment: 5 }, 400, 'invalid-request', '/environment'],
  ['an unknown environment', { ...source, environment: 'pyhton' }, 422, 'unknown-environment', '/environment'],
  ['an unknown version', { ...source, environment: 'python@2.0.0' }, 422, 'unknown-version', '/environment'],
  ['an unknown field', { ...source, limit: {} }, 400, 'invalid-request', '/limit'],
  ['an unknown field of a file', files({ path: 'a', content: '', mode: 5 }), 400, 'invalid-request', '/files/0/mode'],
  ['source and files', { ...source, files: [file('a')] }, 400, 'invalid-request', '/source'],
  ['neither source nor files', { environment: 'python' }, 400, 'invalid-request', '/files'],
  ['no files', files(), 400, 'invalid-request', '/files'],
  ['too many files', files(...Array.from({ length: 21 }, (_, i) => file(`f${i}`))), 422, 'invalid-file', '/files'],
  ['a path with ..', files(file('../a')), 422, 'invalid-file', '/files/0/path'],
  ['an absolute path', files(file('/a')), 422, 'invalid-file', '/files/0/path'],
  ['a path with NUL', files(file('a\0')), 422, 'invalid-file', '/files/0/path'],
  ['a path in .out', files(file('.out/main')), 422, 'invalid-file', '/files/0/path'],
  ['a duplicate path', files(file('a'), file('b'), file('a')), 422, 'invalid-file', '/files/2/path'],
  ['a file that is a folder', files(file('a/b'), file('a')), 422, 'invalid-file', '/files/1/path'],
  ['bad base64', files(file('a', 'ab=c', 'base64')), 422, 'invalid-file', '/files/0/content'],
  ['unpadded base64', files(file('a', 'YQ', 'base64')), 422, 'invalid-file', '/files/0/content'],
  ['an unknown encoding', files(file('a', '', 'latin1')), 400, 'invalid-request', '/files/0/encoding'],
  ['half a character', { ...source, source: '\ud800' }, 422, 'invalid-file', '/source'],
  ['a main that is not there', { ...files(file('a')), main: 'b' }, 422, 'invalid-file', '/main'],
  [
    'more bytes than the disk has',
    { ...source, source: 'x'.repeat(70_000), limits: { diskBytes: 65_536 } },
    422,
    'invalid-file',
    '/files',
  ],
  ['a NUL in an argument', { ...source, args: ['a', 'b\0'] }, 400, 'invalid-request', '/args/1'],
  ['too many arguments', { ...source, args: Array(257).fill('') }, 400, 'invalid-request', '/args'],
  ['too long arguments', { ...source, args: ['x'.repeat(102_400)] }, 400, 'invalid-request', '/args'],
  ['a bad variable name', { ...source, env: { 'A-B': '' } }, 400, 'invalid-request', '/env'],
  ['a NUL in a variable', { ...source, env: { A: '\0' } }, 400, 'invalid-request', '/env/A'],
  ['a number as variable', { ...source, env: { A: 1 } }, 400, 'invalid-request', '/env/A'],
  ['a bad label name', { ...source, labels: { 'a:b': '' } }, 400, 'invalid-request', '/labels'],
  ['a long label', { ...source, labels: { a: 'x'.repeat(256) } }, 400, 'invalid-request', '/labels/a'],
  ['stdin of the wrong shape', { ...source, stdin: { content: 'a' } }, 400, 'invalid-request', '/stdin'],
  ['a number as stdin', { ...source, stdin: 5 }, 400, 'invalid-request', '/stdin'],
  ['bad base64 as stdin', { ...source, stdin: { content: '!', encoding: 'base64' } }, 400, 'invalid-request', '/stdin'],
  ['null limits', { ...source, limits: null }, 400, 'invalid-request', '/limits'],
  ['a limit of null', { ...source, limits: { processes: null } }, 400, 'invalid-request', '/limits/processes'],
  ['a limit as text', { ...source, limits: { processes: '5' } }, 400, 'invalid-request', '/limits/processes'],
  ['a broken limit', { ...source, limits: { processes: 5.5 } }, 400, 'invalid-request', '/limits/processes'],
  ['a limit of 0', { ...source, limits: { wallTimeMs: 0 } }, 422, 'limit-out-of-range', '/limits/wallTimeMs'],
  ['a negative limit', { ...source, limits: { wallTimeMs: -1 } }, 422, 'limit-out-of-range', '/limits/wallTimeMs'],
  [
    'a limit above the ceiling',
    { ...source, limits: { processes: 257 } },
    422,
    'limit-out-of-range',
    '/limits/processes',
  ],
  [
    'a compile limit above the ceiling',
    { ...source, compile: { limits: { openFiles: 1025 } } },
    422,
    'limit-out-of-range',
    '/compile/limits/openFiles',
  ],
  [
    'a disk of the compiler alone',
    { ...source, compile: { limits: { diskBytes: 100_000 } } },
    400,
    'invalid-request',
    '/compile/limits/diskBytes',
  ],
  ['a priority above 100', { ...source, priority: 101 }, 400, 'invalid-request', '/priority'],
  ['no attempts', { ...source, maxAttempts: 0 }, 400, 'invalid-request', '/maxAttempts'],
  ['network that is not allowed', { ...source, network: true }, 422, 'network-not-allowed', '/network'],
]

test('a run that cannot be accepted is refused with what is wrong, and nothing is enqueued', async context => {
  const { app, queue } = await exampleApi(context)
  for (const [name, body, status, code, pointer] of refused) {
    await context.test(name, async () => {
      const headers = { 'content-type': 'application/json' }
      const reply = await app.inject({ method: 'POST', url: '/v1/runs', headers, payload: JSON.stringify(body) })
      const problem = assertProblem(reply, status, code)
      assertShape('Problem', problem)
      assert.deepEqual(
        problem.errors?.map(error => error.pointer),
        [pointer],
      )
    })
  }
  assert.equal(await queue.depth(), 0)
})

test('a limit that JSON cannot hold is refused', async context => {
  const { app } = await exampleApi(context)
  const payload = '{"environment":"python","source":"","limits":{"wallTimeMs":1e999}}'
  const reply = await app.inject({
    method: 'POST',
    url: '/v1/runs',
    headers: { 'content-type': 'application/json' },
    payload,
  })
  assert.equal(assertProblem(reply, 400, 'invalid-request').errors?.[0]?.pointer, '/limits/wallTimeMs')
})

test('an unknown field is answered with the nearest one', async context => {
  const { app } = await exampleApi(context)
  const reply = await app.inject({
    method: 'POST',
    url: '/v1/runs',
    body: { ...source, limts: {}, labels: { a: 'b' } },
  })
  assert.match(assertProblem(reply, 400, 'invalid-request').detail, /did you mean "limits"\?/)
})

test('several faults are all named', async context => {
  const { app } = await exampleApi(context)
  const body = { ...source, limits: { wallTimeMs: 0, processes: 1 } }
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', body })
  const problem = assertProblem(reply, 422, 'limit-out-of-range')
  assert.match(problem.detail, /^2 things are wrong/)
  assert.deepEqual(
    problem.errors?.map(error => error.detail),
    ['is 0; it must be from 1 to 600000', 'is 1; it must be from 2 to 256'],
  )
})

test('the defaults of a compiled environment give both stages one disk, and never exceed the ceilings', async context => {
  const { app } = await exampleApi(context, {
    settings: { ceilings: { ...defaultLimits, wallTimeMs: 3000, diskBytes: 99_000_000 } },
  })
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', body: { environment: 'c', source: '' } })
  const { limits, compileLimits } = reply.json()
  assert.equal(limits.wallTimeMs, 3000)
  assert.equal(compileLimits.wallTimeMs, 3000)
  assert.equal(limits.diskBytes, 99_000_000)
  assert.equal(compileLimits.diskBytes, 99_000_000)
})

test('a full queue is answered at once with when to come back', async context => {
  const { app } = await exampleApi(context, { maxQueuedRuns: 1 })
  await post(app)
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', body: source })
  assertProblem(reply, 429, 'queue-full')
  assert.match(String(reply.headers['retry-after']), /^[1-9]\d*$/)
})

test('a run that is waited for is answered when it is finished, with its output', async context => {
  const api = await exampleApi(context)
  const headers = { prefer: 'respond-async, wait=30' }
  const waiting = api.app.inject({ method: 'POST', url: '/v1/runs', headers, body: source })
  const lease = await take(api)
  await write(api, lease, 'hällo')
  await finish(api, lease, 6)
  const reply = await waiting
  assert.equal(reply.statusCode, 200)
  assert.equal(reply.headers['preference-applied'], 'wait=30')
  const run = reply.json()
  assertShape('Run', run)
  assert.deepEqual(run.outcome, { kind: 'exited', code: 0 })
  assert.deepEqual(run.stages[0].stdout, { content: 'hällo', encoding: 'utf8', bytes: 6, truncated: false })
  assert.deepEqual(run.stages[0].stderr, { content: '', encoding: 'utf8', bytes: 0, truncated: false })
  assert.deepEqual(run.environment, {
    requested: 'python',
    name: 'python',
    version: '3.11.2',
    digest: 'sha256:1234',
  })
})

test('a run that is not finished when the wait ends is answered as it is', async context => {
  const api = await exampleApi(context)
  const headers = { prefer: 'wait=3600' }
  const waiting = api.app.inject({ method: 'POST', url: '/v1/runs', headers, body: source })
  await take(api)
  await api.app.close()
  const reply = await waiting
  assert.equal(reply.statusCode, 202)
  assert.equal(reply.headers['preference-applied'], 'wait=60')
  assert.equal(reply.json().state, 'running')
})
