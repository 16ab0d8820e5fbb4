import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import Docker from 'dockerode'
import { PrivateEngine } from '../support/private-engine.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

suite('an engine that goes away and comes back', () => {
  let engine: PrivateEngine
  let server: TestServer
  before(async () => {
    await using first = await TestServer.start()
    const { id } = await first.client.runs.submit({ environment: 'bash', source: 'true' })
    const { environment } = await first.client.runs.wait(id, { signal: AbortSignal.timeout(5 * 60_000) })
    const image = await new Docker().getImage(environment.digest ?? '').inspect()
    engine = await PrivateEngine.start()
    for (const tag of image.RepoTags) await engine.copyImage(tag)
    server = await TestServer.start({ flags: ['--docker-host', engine.host] })
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  async function readyStatus(): Promise<number> {
    return (await fetch(`${server.url}/health/ready`)).status
  }

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`a run that was interrupted by ${signal} of the engine runs again, and readiness tells the truth`, async () => {
      const { client } = server
      await waitFor('readiness', async () => (await readyStatus()) === 200)
      const interrupted = await client.runs.submit({ environment: 'bash', source: 'echo begun; sleep 4; echo ended' })
      await waitFor('the program to run', async () => (await client.runs.stdout(interrupted.id)).length > 0)
      await engine.end(signal)
      await waitFor('the truth', async () => (await readyStatus()) === 503)
      assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
      const waiting = await client.runs.submit({ environment: 'bash', source: 'echo late', maxAttempts: 1 })
      await engine.begin()
      const finished = await client.runs.wait(interrupted.id, { signal: AbortSignal.timeout(60_000) })
      assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 }, JSON.stringify(finished))
      assert.equal(finished.stages[0]?.stdout.content, 'begun\nended\n')
      assert.ok(finished.attempt > 1)
      const late = await client.runs.wait(waiting.id, { signal: AbortSignal.timeout(60_000) })
      assert.equal(late.stages[0]?.stdout.content, 'late\n', JSON.stringify(late))
      assert.equal(await readyStatus(), 200)
      assert.equal(server.exitCode, undefined)
      await waitFor(
        'all sandboxes to be gone, but for living ones that wait for a run',
        async () => {
          const all = await engine.client.listContainers({ all: true })
          return all.every(({ Names, State }) => Names[0]?.startsWith('/run-it-warm-') && State === 'running')
        },
        60_000,
      )
    })
  }

  test('a run that may be tried once ends as failed when the engine dies under it', async () => {
    const { client } = server
    const source = 'echo begun; sleep 20'
    const { id } = await client.runs.submit({
      environment: 'bash',
      source,
      limits: { wallTimeMs: 30_000 },
      maxAttempts: 1,
    })
    await waitFor('the program to run', async () => (await client.runs.stdout(id)).length > 0)
    await engine.end('SIGTERM')
    const finished = await client.runs.wait(id, { signal: AbortSignal.timeout(60_000) })
    assert.equal(finished.outcome?.kind, 'failed')
    assert.equal(finished.outcome.code, 'platform-unavailable')
    await engine.begin()
  })
})
