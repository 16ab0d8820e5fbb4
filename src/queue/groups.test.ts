import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newRunId } from '../run/id.ts'
import type { Serves } from '../run/pool.ts'
import type { Database } from '../store/database.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'
import { EmbeddedQueue, takeNext } from './embedded.ts'
import { laneOf, type Route } from './lane.ts'
import type { Claim } from './queue.ts'

const groups = ['', 'a', 'b'] as const
const bounds = { '': undefined, a: 1, b: 3 } as const
const routes: readonly Route[] = [
  { pool: 'default' },
  { pool: 'gpu' },
  { pool: 'default', architecture: 'amd64' },
  { pool: 'gpu', architecture: 'arm64' },
  { pool: 'big' },
]
const workers: readonly Serves[] = [
  { pools: ['default'], architecture: 'amd64' },
  { pools: ['gpu'], architecture: 'arm64' },
  { pools: ['default', 'gpu', 'big'] },
]
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

/** What is kept of each group and lane, and what counting gives. */
async function counts({ rows }: Database) {
  const groups = await rows.selectFrom('queue_groups').selectAll().orderBy('id').execute()
  const lanes = await rows.selectFrom('queue_lanes').selectAll().orderBy('id').execute()
  const jobs = (await rows.selectFrom('jobs').selectAll().execute()).map(job => ({ ...job, ...laneOf(job.group_id) }))
  const held = (groupId: string, pool?: string) =>
    jobs.filter(job => job.groupId === groupId && job.token !== null && (pool ?? job.pool) === job.pool).length
  const waiting = (lane: string) => jobs.filter(job => job.group_id === lane && job.token === null).length
  const all = [
    ...groups.map(group => ({ ...group, group_id: group.id, pool: 'default' })),
    ...lanes.map(lane => ({ ...lane, lanes: 0 })),
  ]
  return {
    total: groups.map(({ id }) => ({ id, running: held(id) })),
    kept: all.map(({ id, waiting: waits, running, elsewhere, lanes: beside }) => ({
      id,
      waits,
      running,
      elsewhere,
      beside,
    })),
    counted: all.map(({ id, group_id, pool }) => ({
      id,
      waits: waiting(id),
      running: held(group_id, pool),
      elsewhere: held(group_id) - held(group_id, pool),
      beside: id === group_id ? lanes.filter(lane => lane.group_id === id).length : 0,
    })),
    ofOnePool: Map.groupBy(lanes, ({ group_id, pool }) => `${group_id} ${pool}`),
    sameBound: all.every(row => row.max_running === groups.find(({ id }) => id === row.group_id)?.max_running),
  }
}

test('whatever happens in any order and pool, the counts of each group are those that counting gives, within its bound', async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async steps => {
    const database = await openMemoryDatabase()
    const queue = new EmbeddedQueue({ database, pollIntervalMs: 3_600_000 })
    const claims: Claim[] = []
    const ids: ReturnType<typeof newRunId>[] = []
    const act = async (name: string, pick: number): Promise<void> => {
      const claim = claims[pick % Math.max(1, claims.length)]
      const group = groups[pick % groups.length] ?? ''
      const [route, served] = [routes[(pick >> 2) % routes.length], workers[pick % workers.length] as Serves]
      const enqueue = { runId: newRunId(), priority: pick % 3, group: { id: group, maxRunning: bounds[group] }, route }
      await database.transaction(async transaction => {
        if (name === 'enqueue') await queue.enqueue(enqueue, transaction)
        if (name === 'take') {
          const taken = await takeNext(
            { workerId: 'worker', token: `${pick}-${claims.length}`, serves: served },
            transaction,
          )
          if (taken !== undefined) claims.push({ runId: taken.runId, token: `${pick}-${claims.length}` })
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
        const { kept, counted, total, ofOnePool, sameBound } = await counts(database)
        assert.deepEqual(kept, counted)
        for (const { id, running } of total) assert.ok(running <= (bounds[id as 'a'] ?? Infinity), `${id} ${running}`)
        for (const lanes of ofOnePool.values()) assert.equal(new Set(lanes.map(({ served }) => served)).size, 1)
        assert.ok(sameBound)
      }
    } finally {
      await queue.close()
      await database.close()
    }
  })
  await fc.assert(property, { numRuns: 60 })
})
