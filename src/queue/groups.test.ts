import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newRunId } from '../run/id.ts'
import type { Database } from '../store/database.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'
import { EmbeddedQueue, takeNext } from './embedded.ts'
import type { Claim } from './queue.ts'

const groups = ['', 'a', 'b'] as const
const bounds = { '': undefined, a: 1, b: 3 } as const
const step = fc.record({
  act: fc.constantFrom(
    'enqueue',
    'enqueue',
    'enqueue',
    'take',
    'take',
    'complete',
    'release',
    'remove',
    'recover',
    'fail',
  ),
  pick: fc.nat(1000),
})

/** What is kept of each group, and what counting gives. */
async function counts({ rows }: Database) {
  const kept = await rows.selectFrom('queue_groups').selectAll().orderBy('id').execute()
  const jobs = await rows.selectFrom('jobs').selectAll().execute()
  const ofGroup = (id: string, held: boolean) =>
    jobs.filter(job => job.group_id === id && (job.token !== null) === held).length
  return {
    kept: kept.map(({ id, waiting, running }) => ({ id, waiting, running })),
    counted: kept.map(({ id }) => ({ id, waiting: ofGroup(id, false), running: ofGroup(id, true) })),
  }
}

test('whatever happens in any order, the counts of each group are those that counting gives, within its bound', async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
    const database = await openMemoryDatabase()
    const queue = new EmbeddedQueue({ database, pollIntervalMs: 3_600_000 })
    const claims: Claim[] = []
    const ids: ReturnType<typeof newRunId>[] = []
    const act = async (name: string, pick: number): Promise<void> => {
      const claim = claims[pick % Math.max(1, claims.length)]
      const group = groups[pick % groups.length] ?? ''
      const enqueue = { runId: newRunId(), priority: pick % 3, group: { id: group, maxRunning: bounds[group] } }
      await database.transaction(async transaction => {
        if (name === 'enqueue') await queue.enqueue(enqueue, transaction)
        if (name === 'take') {
          const runId = await takeNext('worker', `${pick}-${claims.length}`, transaction)
          if (runId !== undefined) claims.push({ runId, token: `${pick}-${claims.length}` })
        }
        // Also claims that are spent or lost.
        if (name === 'complete' && claim) await queue.complete(claim, transaction)
        if (name === 'release' && claim) await queue.release(claim, transaction)
        if (name === 'remove') await queue.remove(ids[pick % Math.max(1, ids.length)] ?? newRunId(), transaction)
        if (name === 'recover' && claim) await queue.recover(claim.runId, transaction)
      })
      if (name === 'enqueue') ids.push(enqueue.runId)
    }
    try {
      for (const { act: name, pick } of steps) {
        if (name === 'fail') {
          const work = database.transaction(async transaction => {
            await queue.enqueue({ runId: newRunId(), priority: 0, group: { id: 'a' } }, transaction)
            throw new Error('undone')
          })
          await assert.rejects(work, /undone/)
        } else await act(name, pick)
        const { kept, counted } = await counts(database)
        assert.deepEqual(kept, counted)
        for (const { id, running } of kept) assert.ok(running <= (bounds[id as 'a'] ?? Infinity), `${id} ${running}`)
      }
    } finally {
      await queue.close()
      await database.close()
    }
  })
  await fc.assert(property, { numRuns: 60 })
})
