import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { sandboxesOf } from '../support/sandboxes.ts'
import { TestServer } from '../support/server.ts'
import { isShared } from '../support/shape.ts'
import { waitFor } from '../support/wait-for.ts'

suite('recovery', () => {
  let dataDirectory: string
  before(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  })
  after(() => rm(dataDirectory, { recursive: true, force: true }))

  test('after kill -9 every acknowledged run is there and ends once, and no sandbox of the dead is left', async () => {
    const ids: string[] = []
    for (const round of [0, 1, 2]) {
      const server = await TestServer.start({ dataDirectory })
      const submissions = Array.from({ length: 6 }, (_, index) => ({
        environment: 'bash',
        source: `echo begun; sleep 0.${index}; echo ended`,
        maxAttempts: 10,
      }))
      for (const submission of submissions) ids.push((await server.client.runs.submit(submission)).id)
      await waitFor('a sandbox', async () => (await sandboxesOf(ids)).length > 0)
      await server.end('SIGKILL')
      assert.equal(server.exitCode, null, `round ${round}`)
    }
    await using server = await TestServer.start({ dataDirectory })
    for (const id of ids) {
      const finished = await server.client.runs.wait(id, { signal: AbortSignal.timeout(2 * 60_000) })
      assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 }, JSON.stringify(finished))
      assert.equal(finished.stages[0]?.stdout.content, 'begun\nended\n')
    }
    await waitFor('all sandboxes to be gone', async () => (await sandboxesOf(ids)).length === 0, 60_000)
  })

  test('a run that may be tried once is not executed a second time', async () => {
    const first = await TestServer.start({ dataDirectory })
    const { id } = await first.client.runs.submit({
      environment: 'bash',
      source: 'echo begun; sleep 5',
      maxAttempts: 1,
    })
    await waitFor('the program to run', async () => (await first.client.runs.stdout(id)).length > 0)
    await first.end('SIGKILL')
    await using second = await TestServer.start({ dataDirectory })
    const finished = await second.client.runs.wait(id)
    assert.equal(finished.outcome?.kind, 'failed')
    assert.ok(finished.outcome.code === 'attempts-exhausted')
  })

  test('SIGTERM lets a short run finish, hands a long one back, and executes nothing twice that may run once only', async () => {
    const flags = ['--slots', '3', '--drain-timeout-ms', '3s']
    const first = await TestServer.start({ dataDirectory, flags })
    const { runs } = first.client
    const longSource = 'echo begun; sleep 7; echo ended'
    const short = await runs.submit({ environment: 'bash', source: 'echo begun; sleep 1; echo ended' })
    const long = await runs.submit({ environment: 'bash', source: longSource })
    const once = await runs.submit({ environment: 'bash', source: longSource, maxAttempts: 1 })
    const ids = [short.id, long.id, once.id]
    for (const id of ids) await waitFor('the programs to run', async () => (await runs.stdout(id)).length > 0)
    await first.end('SIGTERM')
    assert.equal(first.exitCode, 0, first.log)
    assert.equal((await sandboxesOf(ids)).length, 0)
    await using second = await TestServer.start({ dataDirectory })
    const finishedShort = await second.client.runs.get(short.id)
    assert.deepEqual([finishedShort.attempt, finishedShort.outcome], [1, { kind: 'exited', code: 0 }])
    const finishedOnce = await second.client.runs.get(once.id)
    assert.ok(finishedOnce.outcome?.kind === 'failed' && finishedOnce.outcome.code === 'attempts-exhausted')
    assert.equal(finishedOnce.stages.length, 1)
    const finished = await second.client.runs.wait(long.id)
    assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 })
    assert.equal(finished.stages[0]?.stdout.content, 'begun\nended\n')
  })

  // On a database there may be any number.
  if (!isShared) {
    test('a second server on the same data directory is refused, and told by whom', async () => {
      await using first = await TestServer.start({ dataDirectory })
      await assert.rejects(TestServer.start({ dataDirectory }), new RegExp(`exited with \\d+[^]*${first.pid}`))
    })
  }
})
