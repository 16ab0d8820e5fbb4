import assert from 'node:assert/strict'
import type { Route } from '../../src/queue/lane.ts'
import type { Claim, Queue, QueueGroup } from '../../src/queue/queue.ts'
import { newRunId, type RunId } from '../../src/run/id.ts'
import type { Serves } from '../../src/run/pool.ts'
import type { Database } from '../../src/store/database.ts'
import { type Check, type QueueFixture, recoverAll } from './queue.ts'

const never = new AbortController().signal
const plain: Serves = { pools: ['default'], architecture: 'amd64' }
const gpu: Serves = { pools: ['gpu'], architecture: 'amd64' }
const arm: Serves = { pools: ['default'], architecture: 'arm64' }
const both: Serves = { pools: ['default', 'gpu'], architecture: 'amd64' }

/** How every queue gives each worker only what it serves. */
export function poolContract(check: Check): void {
  routeContract(check)
  turnContract(check)
  boundContract(check)
}

function routeContract(check: Check): void {
  check('gives a worker runs of its pools alone, in their order', async fixture => {
    const first = await enqueue(fixture, { pool: 'gpu' })
    const other = await enqueue(fixture, { pool: 'default' })
    const second = await enqueue(fixture, { pool: 'gpu' }, { priority: 3 })
    assert.deepEqual(await claimAll(fixture, gpu), [second, first])
    assert.deepEqual(await claimAll(fixture, plain), [other])
  })

  check('gives a worker what is for its architecture or for any, the higher priority first', async fixture => {
    const any = await enqueue(fixture, { pool: 'default' })
    const pinned = await enqueue(fixture, { pool: 'default', architecture: 'arm64' }, { priority: 1 })
    const late = await enqueue(fixture, { pool: 'default' }, { priority: 1 })
    const other = await enqueue(fixture, { pool: 'default', architecture: 'amd64' }, { priority: 9 })
    assert.deepEqual(await claimAll(fixture, arm), [pinned, late, any])
    assert.deepEqual(await claimAll(fixture, { pools: ['default'] }), [])
    assert.deepEqual(await claimAll(fixture, plain), [other])
  })

  check('wakes the worker that waits for a run, and not the one before it in the line', async fixture => {
    const { queue } = fixture
    const abort = new AbortController()
    const waiting = queue.claim('gpu', abort.signal, gpu)
    const served = queue.claim('plain', never, plain)
    await queue.depth()
    const runId = await enqueue(fixture, { pool: 'default' })
    assert.equal((await served)?.runId, runId)
    abort.abort()
    assert.equal(await waiting, undefined)
  })

  check('counts what waits by pool and architecture', async fixture => {
    for (const pool of ['default', 'gpu', 'gpu']) await enqueue(fixture, { pool }, { group: { id: 'a' } })
    const route = { pool: 'gpu', architecture: 'arm64' }
    const removed = await enqueue(fixture, route)
    await enqueue(fixture, route)
    const { database, queue } = fixture
    assert.ok(await database.transaction(transaction => queue.remove(removed, transaction)))
    const [depths, depth] = [await queue.depths(), await queue.depth()]
    assert.deepEqual(
      depths
        .filter(({ runs }) => runs > 0)
        .toSorted((one, other) => one.runs - other.runs || (one.pool < other.pool ? -1 : 1)),
      [
        { pool: 'default', architecture: '', runs: 1 },
        { pool: 'gpu', architecture: 'arm64', runs: 1 },
        { pool: 'gpu', architecture: '', runs: 2 },
      ],
    )
    assert.equal(depth, 4)
    assert.equal(await database.transaction(transaction => queue.depthOf('a', transaction)), 3)
  })

  check('gives what a dead worker held back to its pool, in its old place', async fixture => {
    const { database } = fixture
    const first = await enqueue(fixture, { pool: 'gpu', architecture: 'amd64' })
    const second = await enqueue(fixture, { pool: 'gpu', architecture: 'amd64' })
    assert.equal((await take(fixture.queue, gpu)).runId, first)
    const queue = await fixture.restart()
    assert.deepEqual(await recoverAll(database, queue), [first])
    const next = { ...fixture, queue }
    assert.deepEqual(await claimAll(next, plain), [])
    assert.deepEqual(await claimAll(next, { pools: ['gpu'], architecture: 'arm64' }), [])
    assert.deepEqual(await claimAll(next, gpu), [first, second])
  })

  check('gives a run that was handed back its old place in its pool', async fixture => {
    const { database, queue } = fixture
    const first = await enqueue(fixture, { pool: 'gpu' })
    const second = await enqueue(fixture, { pool: 'gpu' })
    const claim = await take(queue, gpu)
    await database.transaction(transaction => queue.release(claim, transaction))
    assert.deepEqual(await claimAll(fixture, plain), [])
    assert.deepEqual(await claimAll(fixture, gpu), [first, second])
  })
}

function turnContract(check: Check): void {
  check('counts in a pool what a group holds there alone', async fixture => {
    const { queue } = fixture
    const [a, b] = [{ id: 'a' }, { id: 'b' }]
    for (let count = 0; count < 3; count += 1) await enqueue(fixture, { pool: 'gpu' }, { group: a })
    for (let count = 0; count < 3; count += 1) await take(queue, gpu)
    for (let count = 0; count < 3; count += 1) await enqueue(fixture, { pool: 'default' }, { group: b })
    await take(queue, plain)
    const runId = await enqueue(fixture, { pool: 'default' }, { group: a })
    assert.equal((await take(queue, plain)).runId, runId)
  })

  check('gives a group no more turns for runs that are pinned than for those that are not', async fixture => {
    const ofGroup = new Map<RunId, string>()
    const put = async (id: string, route: Route) => ofGroup.set(await enqueue(fixture, route, { group: { id } }), id)
    for (let count = 0; count < 3; count += 1) {
      await put('a', { pool: 'gpu' })
      await put('a', { pool: 'gpu', architecture: 'amd64' })
      await put('b', { pool: 'gpu' })
    }
    const turns: (string | undefined)[] = []
    for (let count = 0; count < 6; count += 1) turns.push(ofGroup.get((await take(fixture.queue, gpu)).runId))
    assert.deepEqual(turns.toSorted(), ['a', 'a', 'a', 'b', 'b', 'b'])
  })

  check('gives a worker of several pools turns between groups, whatever pool they are in', async fixture => {
    const { database, queue } = fixture
    const ofGroup = new Map<RunId, string>()
    for (let count = 0; count < 3; count += 1) {
      ofGroup.set(await enqueue(fixture, { pool: 'default' }, { group: { id: 'a' } }), 'a')
      ofGroup.set(await enqueue(fixture, { pool: 'gpu' }, { group: { id: 'b' } }), 'b')
    }
    const turns: (string | undefined)[] = []
    for (let count = 0; count < 6; count += 1) {
      const claim = await take(queue, both)
      turns.push(ofGroup.get(claim.runId))
      await complete(database, queue, claim)
    }
    for (const round of [turns.slice(0, 2), turns.slice(2, 4), turns.slice(4)]) {
      assert.deepEqual(round.toSorted(), ['a', 'b'], turns.join())
    }
  })
}

function boundContract(check: Check): void {
  const group = { id: 'bounded', maxRunning: 2 }

  check('lets a group hold no more than it may in all pools together', async fixture => {
    const { database, queue } = fixture
    const inGpu = await enqueue(fixture, { pool: 'gpu' }, { group })
    const [first, second] = [
      await enqueue(fixture, { pool: 'default' }, { group }),
      await enqueue(fixture, { pool: 'default' }, { group }),
    ]
    const held = await take(queue, gpu)
    assert.equal(held.runId, inGpu)
    assert.deepEqual(await claimAll(fixture, plain), [first])
    // A lane that is new finds the group at its bound as well.
    const third = await enqueue(fixture, { pool: 'other' }, { group })
    assert.deepEqual(await claimAll(fixture, { pools: ['other'] }), [])
    const waiting = queue.claim('worker', never, plain)
    await queue.depth()
    await complete(database, queue, held)
    assert.equal((await waiting)?.runId, second)
    assert.deepEqual(await claimAll(fixture, { pools: ['other'] }), [])
    // The last one enqueued says how many, in whichever pool.
    await enqueue(fixture, { pool: 'gpu' }, { group: { ...group, maxRunning: 3 } })
    assert.deepEqual(await claimAll(fixture, { pools: ['other'] }), [third])
  })
}

async function enqueue(
  { database, queue }: QueueFixture,
  route: Route,
  options: { readonly group?: QueueGroup; readonly priority?: number } = {},
): Promise<RunId> {
  const runId = newRunId()
  const { group, priority = 0 } = options
  await database.transaction(transaction => queue.enqueue({ runId, priority, group, route }, transaction))
  return runId
}

async function take(queue: Queue, served: Serves): Promise<Claim> {
  const claim = await queue.claim('worker', AbortSignal.timeout(5_000), served)
  assert.ok(claim)
  return claim
}

/** In this pool a group holds more than anybody else does anywhere: its next run is the last that a worker is given. */
const end = { pool: 'end' }
const heldAtEnd = 8

/** What a worker is given until there is nothing for it. */
async function claimAll(fixture: QueueFixture, served: Serves): Promise<RunId[]> {
  const { database, queue } = fixture
  const withEnd = { ...served, pools: [...served.pools, end.pool] }
  const ends = new Set<RunId>()
  for (let count = 0; count <= heldAtEnd; count += 1) ends.add(await enqueue(fixture, end, { group: { id: 'end' } }))
  const held: Claim[] = []
  while (held.length < heldAtEnd) held.push(await take(queue, { pools: [end.pool] }))
  const ids: RunId[] = []
  for (;;) {
    const claim = await take(queue, withEnd)
    if (ends.has(claim.runId)) {
      for (const each of [claim, ...held]) await complete(database, queue, each)
      return ids
    }
    ids.push(claim.runId)
  }
}

async function complete(database: Database, queue: Queue, claim: Claim): Promise<void> {
  assert.ok(await database.transaction(transaction => queue.complete(claim, transaction)))
}
