import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunSubmission } from '../../sdk/src/types.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

const hello: RunSubmission = { environment: 'bash', source: 'echo hello' }

test('a request that is sent again makes no second run, also after a kill -9, and another one with its key is refused', async () => {
  const idempotencyKey = 'order-4711'
  await using first = await TestServer.start()
  const run = await first.client.runs.submit(hello, { idempotencyKey, wait: 60 })
  assert.deepEqual(run.outcome, { kind: 'exited', code: 0 })
  assert.equal((await first.client.runs.submit(hello, { idempotencyKey })).id, run.id)
  await first.end('SIGKILL')
  await using second = await TestServer.start({ dataDirectory: first.dataDirectory })
  assert.equal((await second.client.runs.submit(hello, { idempotencyKey })).id, run.id)
  const other = { ...hello, source: 'echo other' }
  await assert.rejects(second.client.runs.submit(other, { idempotencyKey }), { status: 422 })
  assert.equal((await second.client.runs.list()).runs.length, 1)
})

test('finished runs are deleted when their time is over, with all that was theirs', async () => {
  await using server = await TestServer.start({ flags: ['--keep-runs-ms', '1s'] })
  const { runs } = server.client
  const { id } = await runs.submit({ ...hello, artifacts: ['*'], source: 'echo hello > file' }, { wait: 60 })
  await waitFor('the run to be deleted', async () => (await runs.list()).runs.length === 0 || undefined, 90_000)
  await assert.rejects(runs.get(id), { status: 404 })
  await assert.rejects(runs.stdout(id), { status: 404 })
  await assert.rejects(runs.artifact(id, 'file'), { status: 404 })
})
