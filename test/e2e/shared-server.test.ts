import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunItClient } from '../../sdk/src/client.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

const backlog = 2000
const submission = { environment: 'bash', source: 'echo hello' }

/** Two keys on a server with one slot, and an administrator. */
async function keyed(server: TestServer) {
  const { secret } = await server.client.keys.create({ name: 'ops', scopes: ['admin'] })
  const admin = new RunItClient({ baseUrl: server.url, key: secret })
  const withKey = async (name: string, parts: object = {}) => {
    const key = await admin.keys.create({ name, ...parts })
    return new RunItClient({ baseUrl: server.url, key: key.secret })
  }
  return { admin, withKey }
}

async function submitMany(client: RunItClient, count: number): Promise<void> {
  const runs = Array.from({ length: 1000 }, () => ({ ...submission, priority: 100 }))
  for (let sent = 0; sent < count; sent += runs.length) await client.batches.submit(runs)
}

test("one key's backlog of 2,000 runs of the highest priority holds another key's run up for one turn of a slot", async () => {
  await using server = await TestServer.start({ flags: ['--slots', '1'] })
  const { withKey } = await keyed(server)
  const [busy, other] = [await withKey('busy'), await withKey('other')]
  await submitMany(busy, backlog)
  const { id } = await other.runs.submit({ ...submission, priority: -100 })
  const finished = await other.runs.wait(id, { signal: AbortSignal.timeout(60_000) })
  assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 })
  const waiting = await busy.runs.list({ state: 'queued', limit: 1 })
  assert.equal(waiting.runs.length, 1, 'the backlog was worked off before anything could be seen')
  // Of the busy key's runs, at most the one whose turn had begun, and the one in the slot, started in between.
  const between: string[] = []
  for await (const run of busy.runs.all({ limit: 100 })) {
    const startedAt = run.startedAt ?? ''
    if (startedAt > finished.createdAt && startedAt < String(finished.startedAt)) between.push(run.id)
  }
  assert.ok(between.length <= 1, `${between.length} runs of the busy key started first`)
  await assert.rejects(busy.runs.get(id), { status: 404 })
})

test('a key that may run one program at a time waits for itself alone', async () => {
  await using server = await TestServer.start({ flags: ['--slots', '2'] })
  const { admin, withKey } = await keyed(server)
  const [single, other] = [await withKey('single', { maxConcurrentRuns: 1 }), await withKey('other')]
  const long = {
    environment: 'bash',
    source: 'while [ ! -e stop ]; do sleep 0.1; done',
    limits: { wallTimeMs: 60_000 },
  }
  const first = await single.runs.submit(long)
  await waitFor('the first to run', async () => (await single.runs.get(first.id)).state === 'running')
  const second = await single.runs.submit(submission)
  const third = await other.runs.submit(submission)
  assert.equal((await other.runs.wait(third.id)).state, 'finished')
  assert.equal((await single.runs.get(second.id)).state, 'queued')
  await single.runs.cancel(first.id)
  assert.deepEqual((await single.runs.wait(second.id)).outcome, { kind: 'exited', code: 0 })
  assert.equal((await admin.runs.list()).runs.length, 3)
})

test('a batch runs to its end, and tells of each run as it ends', async () => {
  await using server = await TestServer.start()
  const { client } = server
  const runs = Array.from({ length: 20 }, (_, index) => ({ environment: 'bash', source: `exit ${index}` }))
  const batch = await client.batches.submit(runs)
  assert.equal(batch.runIds.length, 20)
  const ended: string[] = []
  for await (const event of client.batches.events(batch.id)) {
    if (event.type === 'finished') assert.deepEqual(event.batch.outcomes, { exited: 20 })
    else {
      assert.deepEqual(event.outcome, { kind: 'exited', code: batch.runIds.indexOf(event.runId) })
      ended.push(event.runId)
    }
  }
  assert.deepEqual(ended.toSorted(), batch.runIds.toSorted())
  assert.equal((await client.batches.wait(batch.id)).state, 'finished')
  const loop = { environment: 'bash', source: 'while true; do sleep 1; done', limits: { wallTimeMs: 60_000 } }
  const endless = await client.batches.submit(Array.from({ length: 50 }, () => loop))
  await waitFor('one to run', async () => (await client.batches.get(endless.id)).counts.running > 0)
  await client.batches.cancel(endless.id)
  const canceled = await client.batches.wait(endless.id, { signal: AbortSignal.timeout(60_000) })
  assert.deepEqual(canceled.outcomes, { canceled: 50 })
})
