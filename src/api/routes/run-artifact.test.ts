import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { parse } from 'content-disposition'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { exampleApi, finish, post, take } from '../../../test/support/example-api.ts'
import { exampleArtifact } from '../../../test/support/example-artifact.ts'
import type { Artifact, ArtifactOmission } from '../../run/artifact.ts'
import { newRunId } from '../../run/id.ts'

async function finishedRun(
  context: TestContext,
  artifacts: readonly Artifact[],
  omitted: readonly ArtifactOmission[] = [],
) {
  const api = await exampleApi(context)
  const id = await post(api.app, { environment: 'python', source: '', artifacts: ['**'] })
  await finish(api, await take(api), 0, { artifacts, omitted })
  return { ...api, id, address: `/v1/runs/${id}/artifacts` }
}

test('a run tells its artifacts, and each can be had to the byte', async context => {
  const bytes = randomBytes(3_000_000)
  const omitted = [{ reason: 'too-many', files: 2, paths: ['x'] }] as const
  const { app, id, address } = await finishedRun(context, [exampleArtifact('plot.png', bytes, 'image/png')], omitted)
  const run = (await app.inject(`/v1/runs/${id}`)).json()
  assertShape('Run', run)
  assert.deepEqual(run.artifacts, [{ path: 'plot.png', bytes: bytes.length, mediaType: 'image/png' }])
  assert.deepEqual(run.artifactsOmitted, omitted)
  const reply = await app.inject(`${address}/plot.png`)
  assert.equal(reply.statusCode, 200)
  assert.equal(reply.headers['content-type'], 'image/png')
  assert.equal(reply.headers['content-length'], String(bytes.length))
  assert.ok(reply.rawPayload.equals(bytes))
  const events = (await app.inject(`/v1/runs/${id}/events`)).body
  assert.match(events, /"artifacts":\[\{"path":"plot\.png"/)
  const list = (await app.inject('/v1/runs')).json()
  assertShape('RunList', list)
  assert.equal(list.runs[0].artifacts, undefined)
})

test('a path may have folders, spaces, quotes and any letters, and its last part becomes the file name', async context => {
  const paths = [
    'out/deep/a b.txt',
    'größe "ß".csv',
    '100%.txt',
    'a?b#c',
    'back\\slash',
    '%2e%2e/x',
    '.hidden',
    "it's;x=y",
  ]
  const { app, address } = await finishedRun(
    context,
    paths.map(path => exampleArtifact(path, path)),
  )
  for (const path of paths) {
    const url = `${address}/${path.split('/').map(encodeURIComponent).join('/')}`
    const reply = await app.inject(url)
    assert.equal(reply.body, path)
    const { type, parameters } = parse(String(reply.headers['content-disposition']))
    assert.deepEqual([type, parameters.filename], ['attachment', path.split('/').at(-1)])
  }
  const whole = await app.inject(`${address}/out%2Fdeep%2Fa%20b.txt`)
  assert.equal(whole.body, 'out/deep/a b.txt')
})

test('a page that a program made is no page of ours', async context => {
  const { app, address } = await finishedRun(context, [
    exampleArtifact('index.html', '<script>1</script>', 'text/html'),
  ])
  const { headers } = await app.inject(`${address}/index.html`)
  assert.match(String(headers['content-type']), /^text\/html/)
  assert.match(String(headers['content-disposition']), /^attachment/)
  assert.match(String(headers['content-security-policy']), /^sandbox; default-src 'none'/)
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
})

test('HEAD tells the size and nothing else, and other methods are refused', async context => {
  const { app, address } = await finishedRun(context, [exampleArtifact('a.txt', 'hello')])
  const head = await app.inject({ method: 'HEAD', url: `${address}/a.txt` })
  assert.equal(head.statusCode, 200)
  assert.equal(head.headers['content-length'], '5')
  assert.equal(head.headers['content-type'], 'text/plain')
  assert.equal(head.body, '')
  const reply = await app.inject({ method: 'PUT', url: `${address}/out/a.txt`, body: {} })
  assertProblem(reply, 405, 'method-not-allowed')
  assert.equal(reply.headers.allow, 'GET, HEAD')
})

test('an empty file is a file', async context => {
  const { app, address } = await finishedRun(context, [exampleArtifact('empty', '')])
  const reply = await app.inject(`${address}/empty`)
  assert.deepEqual([reply.statusCode, reply.headers['content-length'], reply.body], [200, '0', ''])
})

test('what is not there, or not yet, is told apart', async context => {
  const { app, address } = await finishedRun(context, [exampleArtifact('a', 'b')])
  for (const path of ['b', 'a/b', '', '%00', `${'x/'.repeat(3000)}`, 'A', 'a/']) {
    assertProblem(await app.inject(`${address}/${path}`), 404, 'artifact-not-found')
  }
  const waiting = await post(app, { environment: 'python', source: '', artifacts: ['a'] })
  assertProblem(await app.inject(`/v1/runs/${waiting}/artifacts/a`), 409, 'run-not-finished')
  assertProblem(await app.inject(`/v1/runs/${newRunId()}/artifacts/a`), 404, 'run-not-found')
  assertProblem(await app.inject('/v1/runs/x/artifacts/a'), 404, 'run-not-found')
})

test('a run without artifacts has none, and says so', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  assert.deepEqual((await api.app.inject(`/v1/runs/${id}`)).json().artifacts, [])
  await finish(api, await take(api), 0)
  const run = (await api.app.inject(`/v1/runs/${id}`)).json()
  assert.deepEqual([run.artifacts, run.artifactsOmitted], [[], undefined])
})

test('patterns that make no sense, are too many or too long are refused', async context => {
  const { app } = await exampleApi(context)
  const refused: readonly (readonly [artifacts: unknown, pointer: string])[] = [
    ['*.png', '/artifacts'],
    [[5], '/artifacts/0'],
    [['ok', ''], '/artifacts/1'],
    [['/etc/passwd'], '/artifacts/0'],
    [['../x'], '/artifacts/0'],
    [['!a'], '/artifacts/0'],
    [['x'.repeat(257)], '/artifacts/0'],
    [Array(33).fill('a'), '/artifacts'],
    [['{a,b}'.repeat(10)], '/artifacts/0'],
  ]
  for (const [artifacts, pointer] of refused) {
    const reply = await app.inject({
      method: 'POST',
      url: '/v1/runs',
      body: { environment: 'python', source: '', artifacts },
    })
    const problem = assertProblem(reply, 400, 'invalid-request')
    assert.deepEqual(
      problem.errors?.map(error => error.pointer),
      [pointer],
      JSON.stringify(artifacts),
    )
  }
})

test('a run that is deleted while its artifact is looked for is not there', async context => {
  const { app, address, artifacts, lifecycle, id } = await finishedRun(context, [exampleArtifact('a', 'content')])
  const find = artifacts.find.bind(artifacts)
  artifacts.find = async (runId, path) => {
    const found = await find(runId, path)
    await lifecycle.remove(id)
    return found
  }
  assertProblem(await app.inject(`${address}/a`), 404, 'run-not-found')
})
