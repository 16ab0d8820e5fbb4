import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import Docker from 'dockerode'
import { tarball } from '../../src/platform/docker/tarball.ts'
import { sandboxesOf } from '../support/sandboxes.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

suite('rerun', () => {
  const docker = new Docker()
  const repository = `run-it-test-${randomUUID()}`
  let folder: string
  let server: TestServer
  let base: string

  before(async () => {
    await using first = await TestServer.start()
    const { id } = await first.client.runs.submit({ environment: 'bash', source: 'true' })
    const { environment } = await first.client.runs.wait(id, { signal: AbortSignal.timeout(5 * 60_000) })
    const digest = environment.digest ?? ''
    const images = await docker.listImages({ digests: true })
    base = images.find(image => image.Id === digest || image.RepoDigests?.some(name => name.endsWith(digest)))?.Id ?? ''
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    await mkdir(join(folder, 'environments', 'edition'), { recursive: true })
    const recipe = `image: ${repository}:{version}\nversions: ["1.0.0"]\nmain: main.sh\nrun: [bash, "{main}"]\n`
    await writeFile(
      join(folder, 'environments', 'edition', 'environment.yaml'),
      `title: Edition\nextensions: [.sh]\n${recipe}`,
    )
    await mkdir(join(folder, 'data'))
    server = await startServer()
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
    for (const image of await docker.listImages({ filters: { label: [`test=${repository}`] } })) {
      await docker.getImage(image.Id).remove({ force: true })
    }
  })

  function startServer(): Promise<TestServer> {
    // A sandbox that waits for a run would hold its image.
    const flags = ['--environments-directory', join(folder, 'environments'), '--warm-memory-bytes', '0']
    return TestServer.start({ dataDirectory: join(folder, 'data'), flags })
  }

  /** A server remembers for a while what a name means; one that has just started asks. */
  async function restartServer(): Promise<void> {
    await server.end('SIGTERM')
    server = await startServer()
  }

  /** Makes an image that knows its edition, and lets the environment's tag lead to it. */
  async function publish(edition: string): Promise<string> {
    const dockerfile = Buffer.from(`FROM ${base}\nENV EDITION=${edition}\nLABEL test=${repository}\n`)
    const context = tarball([{ name: 'Dockerfile', mode: 0o644, bytes: dockerfile }])
    await text(await docker.buildImage(context, { t: `${repository}:1.0.0` }))
    const image = docker.getImage(`${repository}:1.0.0`)
    // A tag that stays, or the image would go with the next edition's.
    await image.tag({ repo: repository, tag: edition })
    return (await image.inspect()).Id
  }

  const submission = {
    environment: 'edition',
    source: 'read line; echo "$EDITION $1 $line $GREETING" | tee said.txt',
    args: ['argument'],
    stdin: 'input\n',
    env: { GREETING: 'hello' },
    labels: { why: 'rerun' },
    artifacts: ['*.txt'],
  }

  test('a run is repeated on the very image that it ran on, and on no other', async () => {
    const old = await publish('old')
    const first = await server.client.runs.submit(submission, { wait: 30 })
    assert.equal(first.environment.digest, old, JSON.stringify(first))
    assert.equal(first.stages[0]?.stdout.content, 'old argument input hello\n')

    const fresh = await publish('new')
    await restartServer()
    const { runs } = server.client
    const now = await runs.submit(submission, { wait: 30 })
    assert.equal(now.environment.digest, fresh)
    assert.equal(now.stages[0]?.stdout.content, 'new argument input hello\n')

    const again = await runs.rerun(first.id, { wait: 30 })
    assert.equal(again.rerunOf, first.id)
    assert.equal(again.environment.digest, old)
    assert.equal(again.stages[0]?.stdout.content, 'old argument input hello\n')
    assert.deepEqual(again.labels, submission.labels)
    assert.deepEqual(
      again.artifacts?.map(artifact => artifact.path),
      ['said.txt'],
    )

    await runs.delete(first.id)
    const third = await runs.rerun(again.id, { wait: 30, labels: {} })
    assert.deepEqual([third.rerunOf, third.environment.digest, third.labels], [again.id, old, {}])

    await waitFor(
      'its sandboxes to be gone',
      async () => (await sandboxesOf([first.id, again.id, third.id])).length === 0,
    )
    await docker.getImage(old).remove({ force: true })
    const gone = await runs.rerun(again.id, { wait: 30 })
    assert.ok(gone.outcome?.kind === 'failed' && gone.outcome.code === 'environment-unavailable', JSON.stringify(gone))
    assert.ok(gone.outcome.detail.includes(old), gone.outcome.detail)
    assert.deepEqual(gone.stages, [])
  })

  test('an unfinished run can be repeated, and an answer tells where the new one is', async () => {
    const { runs } = server.client
    await publish('now')
    const waiting = await runs.submit({ ...submission, source: 'sleep 20', limits: { wallTimeMs: 30_000 } })
    const reply = await fetch(`${server.url}/v1/runs/${waiting.id}/rerun`, { method: 'POST' })
    const { id, rerunOf } = (await reply.json()) as { id: string; rerunOf: string }
    assert.deepEqual([reply.status, rerunOf, reply.headers.get('location')], [202, waiting.id, `/v1/runs/${id}`])
    for (const unwanted of [waiting.id, id]) await runs.cancel(unwanted)
    for (const unwanted of [waiting.id, id]) assert.equal((await runs.wait(unwanted)).outcome?.kind, 'canceled')
  })
})
