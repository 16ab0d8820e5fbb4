import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { exampleArtifact, piecesOf } from '../../test/support/example-artifact.ts'
import { exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import type { Lease } from '../queue/lifecycle.ts'
import type { RunArtifacts } from '../run/artifact.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

const MiB = 1024 * 1024

async function house(context: TestContext) {
  const parts = exampleHouse(await openMemoryDatabase())
  context.after(async () => {
    await parts.queue.close()
    await parts.database.close()
  })
  const take = async (): Promise<Lease> => {
    const claim = await parts.queue.claim('worker', AbortSignal.timeout(5000))
    const lease = claim && (await parts.lifecycle.begin(claim, 'worker'))
    assert.ok(lease)
    return lease
  }
  const begin = async (artifacts: readonly string[] = ['**']): Promise<Lease> => {
    const run = exampleRun()
    await parts.lifecycle.submit({ ...run, request: { ...run.request, artifacts } })
    return await take()
  }
  const finish = (lease: Lease, collected: RunArtifacts) =>
    parts.lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [], collected }, [])
  const rowCounts = async () => {
    const { rows } = parts.database
    const tables = ['artifacts', 'artifact_pieces', 'artifact_omissions'] as const
    return await Promise.all(tables.map(async table => (await rows.selectFrom(table).selectAll().execute()).length))
  }
  return { ...parts, begin, take, finish, rowCounts }
}

test('artifacts come with the end of their run, and in pieces', async context => {
  const { begin, finish, runs, artifacts, rowCounts } = await house(context)
  const lease = await begin()
  assert.deepEqual((await runs.find(lease.run.id))?.artifacts, [])
  const large = randomBytes(2 * MiB + 5)
  const omitted = [{ reason: 'too-large', files: 1, paths: ['b'] }] as const
  const given = [exampleArtifact('a/ü.txt', ''), exampleArtifact('c', large, 'image/png')]
  assert.ok(await finish(lease, { artifacts: given, omitted }))
  const run = await runs.find(lease.run.id)
  assert.deepEqual(run?.artifacts, [
    { path: 'a/ü.txt', bytes: 0, mediaType: 'text/plain' },
    { path: 'c', bytes: large.length, mediaType: 'image/png' },
  ])
  assert.deepEqual(run?.artifactsOmitted, omitted)
  assert.deepEqual(await rowCounts(), [2, 3, 1])
  const found = await artifacts.find(lease.run.id, 'c')
  assert.ok(found)
  const pieces = await piecesOf(artifacts.read(lease.run.id, found))
  assert.deepEqual(
    pieces.map(piece => piece.length),
    [MiB, MiB, 5],
  )
  assert.ok(Buffer.concat(pieces).equals(large))
  const empty = await artifacts.find(lease.run.id, 'a/ü.txt')
  assert.ok(empty)
  assert.deepEqual(await piecesOf(artifacts.read(lease.run.id, empty)), [])
  assert.equal(await artifacts.find(lease.run.id, 'b'), undefined)
})

test('artifacts are not read for lists', async context => {
  const { begin, finish, runs } = await house(context)
  await finish(await begin(), { artifacts: [exampleArtifact('a', 'b')], omitted: [] })
  const { runs: listed } = await runs.list({}, { limit: 1 })
  assert.equal(listed[0]?.artifacts, undefined)
})

test('an attempt that was taken over leaves no artifacts', async context => {
  const { begin, take, finish, lifecycle, rowCounts, runs } = await house(context)
  const first = await begin()
  assert.ok(await lifecycle.handBack(first, { spendAttempt: true }))
  const second = await take()
  assert.equal(await finish(first, { artifacts: [exampleArtifact('a', 'first')], omitted: [] }), false)
  assert.deepEqual(await rowCounts(), [0, 0, 0])
  assert.ok(await finish(second, { artifacts: [exampleArtifact('b', 'second')], omitted: [] }))
  assert.deepEqual(
    (await runs.find(first.run.id))?.artifacts?.map(({ path }) => path),
    ['b'],
  )
})

test('artifacts go with their run, and whoever is reading them is told', async context => {
  const { begin, finish, lifecycle, artifacts, rowCounts } = await house(context)
  const lease = await begin()
  const collected = {
    artifacts: [exampleArtifact('a', Buffer.alloc(MiB + 1))],
    omitted: [{ reason: 'name', paths: [] }],
  } as const
  await finish(lease, collected)
  const found = await artifacts.find(lease.run.id, 'a')
  assert.ok(found)
  const reading = artifacts.read(lease.run.id, found)
  assert.equal((await reading.next()).done, false)
  assert.ok(await lifecycle.remove(lease.run.id))
  assert.deepEqual(await rowCounts(), [0, 0, 0])
  await assert.rejects(reading.next(), /was deleted/)
})
