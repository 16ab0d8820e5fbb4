import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { exampleHouse } from '../../../test/support/example-house.ts'
import { exampleRun } from '../../../test/support/example-run.ts'
import type { Database, StoreTransaction } from '../database.ts'
import { CommitSync } from './commit-sync.ts'
import { openMemoryDatabase } from './open-sqlite-database.ts'

interface SlowDisk {
  readonly database: Database
  /** From here on syncs wait for `finish`. */
  stall(): void
  finish(): void
}

async function openOnSlowDisk(context: TestContext): Promise<SlowDisk> {
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  const commits = new CommitSync({ sync: () => gate.promise, rescue: () => {} })
  const database = await openMemoryDatabase(commits)
  context.after(async () => {
    gate.resolve()
    await database.close()
  })
  return {
    database,
    stall: () => {
      gate = Promise.withResolvers<void>()
    },
    finish: () => gate.resolve(),
  }
}

const put = (name: string) => async (transaction: StoreTransaction) => {
  await transaction.rows.insertInto('meta').values({ name, value: '' }).execute()
}

const names = (database: Database) => database.rows.selectFrom('meta').select('name').execute()

/** True as soon as it has settled, whichever way. */
function watched(promise: Promise<unknown>): { isSettled: boolean } {
  const state = { isSettled: false }
  const settle = () => {
    state.isSettled = true
  }
  promise.then(settle, settle)
  return state
}

const aWhile = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

test('a durable transaction, and who reads what it wrote, wait for the disk', async context => {
  const { database, stall, finish } = await openOnSlowDisk(context)
  stall()
  const writing = watched(database.transaction(put('a')))
  await aWhile()
  const reading = watched(names(database))
  // Not for the sync that is under way, which began before this was written.
  await database.transaction(put('b'), { durable: false })
  await database.transaction(put('c'), { durable: 'soon' })
  await aWhile()
  assert.deepEqual([writing.isSettled, reading.isSettled], [false, false])
  finish()
  await database.settled()
  await aWhile()
  assert.deepEqual([writing.isSettled, reading.isSettled], [true, true])
})

test('a write outside of a transaction is durable too', async context => {
  const { database, stall, finish } = await openOnSlowDisk(context)
  stall()
  const writing = watched(database.rows.deleteFrom('meta').where('name', '=', 'nothing').execute())
  await aWhile()
  assert.equal(writing.isSettled, false)
  finish()
  await database.settled()
})

const environment = { name: 'c', version: '1.0.0', digest: 'sha256:0' }

for (const { maxAttempts, waits } of [
  { maxAttempts: 3, waits: false },
  { maxAttempts: 1, waits: true },
]) {
  const when = waits ? 'and executed when its attempt is' : 'while it is executed already'
  test(`a run that may be tried ${maxAttempts} times is acknowledged and answered when it is on disk, ${when}`, async context => {
    const { database, stall, finish } = await openOnSlowDisk(context)
    const { lifecycle, queue, runs } = exampleHouse(database)
    context.after(() => queue.close())
    stall()
    const run = exampleRun({ maxAttempts })
    const submitting = watched(lifecycle.submit(run))
    const claim = await queue.claim('worker', new AbortController().signal)
    assert.equal(claim?.runId, run.id)
    const lease = claim && (await lifecycle.begin(claim, 'worker'))
    assert.ok(lease)
    const running = watched(lifecycle.running(lease, environment))
    await aWhile()
    assert.deepEqual([submitting.isSettled, running.isSettled], [false, !waits])
    finish()
    await database.settled()
    await aWhile()
    assert.deepEqual([submitting.isSettled, running.isSettled], [true, true])
    stall()
    const finishing = watched(lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, []))
    await aWhile()
    const seen = watched(runs.stateOf(run.id))
    await aWhile()
    assert.deepEqual([finishing.isSettled, seen.isSettled], [false, false])
    finish()
    assert.equal(await runs.stateOf(run.id), 'finished')
  })
}
