import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exampleKeys } from '../../test/support/example-key.ts'
import type { RunOwner } from '../run/key.ts'
import { KeyStore } from './key-store.ts'
import { spendRate } from './spend-rate.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

test('in any minute a key spends at most its burst and what came back, and what it is told is left it can spend', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const keys = new KeyStore(database)
  const { alice } = await exampleKeys(keys)
  const spend = async (owner: RunOwner, runs: number, at: Date) => {
    const work = database.transaction(transaction => spendRate(owner, runs, at, transaction))
    return await work.then(
      () => true,
      error => {
        assert.equal(error.code, 'rate-limited')
        return false
      },
    )
  }
  const steps = fc.array(fc.record({ waitMs: fc.nat(40_000), runs: fc.integer({ min: 1, max: 12 }) }), {
    maxLength: 40,
  })
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 1000 }), steps, async (runsPerMinute, acts) => {
    await database.rows.updateTable('keys').set({ rate_full_at: 0 }).execute()
    const owner = { id: alice.key.id, runsPerMinute }
    let [nowMs, spent] = [1_700_000_000_000, 0]
    const startMs = nowMs
    for (const { waitMs, runs } of acts) {
      nowMs += waitMs
      const before = await keys.rateOf(owner, new Date(nowMs))
      const done = await spend(owner, runs, new Date(nowMs))
      assert.equal(done, runs <= (before?.remaining ?? 0))
      if (done) spent += runs
      const cameBack = (runsPerMinute * (nowMs - startMs)) / 60_000
      assert.ok(spent <= runsPerMinute + cameBack + 0.001, `${spent} of ${runsPerMinute} after ${nowMs - startMs} ms`)
      const after = await keys.rateOf(owner, new Date(nowMs))
      if (!done) assert.deepEqual(after, before)
    }
    const full = await keys.rateOf(owner, new Date(nowMs + 60_001))
    assert.deepEqual(full, { remaining: runsPerMinute, resetSeconds: 0 })
  })
  await fc.assert(property, { numRuns: 60 })
})
