import assert from 'node:assert/strict'
import type { Claim, Queue, QueueGroup } from '../../src/queue/queue.ts'
import { newRunId, type RunId } from '../../src/run/id.ts'
import type { Database } from '../../src/store/database.ts'
import { type Check, recoverAll } from './queue.ts'

const never = new AbortController().signal

/** How every queue shares its claims among groups. */
export function groupContract(check: Check): void {
  turnContract(check)
  boundContract(check)
}

function turnContract(check: Check): void {
  check("gives a group's only run next, however many another one has waiting", async ({ database, queue }) => {
    await enqueueMany(database, queue, 60, { id: 'many' })
    await take(queue)
    await take(queue)
    const runId = await enqueue(database, queue, { id: 'one' })
    assert.equal((await take(queue)).runId, runId)
  })

  check('gives turns to groups that hold equally many, the ones without a group being one', async fixture => {
    const { database, queue } = fixture
    const ofGroup = new Map<RunId, string>()
    for (const id of ['a', 'b', '']) {
      const group = id === '' ? undefined : { id }
      for (let count = 0; count < 5; count += 1) ofGroup.set(await enqueue(database, queue, group), id)
    }
    const turns: (string | undefined)[] = []
    for (let count = 0; count < 9; count += 1) {
      const claim = await take(queue)
      turns.push(ofGroup.get(claim.runId))
      await complete(database, queue, claim)
    }
    for (const round of [turns.slice(0, 3), turns.slice(3, 6), turns.slice(6)]) {
      assert.deepEqual(round.toSorted(), ['', 'a', 'b'], turns.join())
    }
    assert.deepEqual(turns.slice(0, 3), turns.slice(3, 6))
  })

  check('gives the next run to the group that holds the fewest', async ({ database, queue }) => {
    const first = await enqueueMany(database, queue, 4, { id: 'first' })
    await take(queue)
    await take(queue)
    const second = await enqueueMany(database, queue, 3, { id: 'second' })
    const taken = [await take(queue), await take(queue)].map(claim => claim.runId)
    assert.deepEqual(taken, second.slice(0, 2))
    const third = [await take(queue), await take(queue)].map(claim => claim.runId)
    assert.deepEqual(third.toSorted(), [first[2], second[2]].toSorted())
  })

  check('lets a priority count within its group alone', async ({ database, queue }) => {
    await enqueue(database, queue, { id: 'loud' }, 100)
    const loudest = await enqueue(database, queue, { id: 'loud' }, 101)
    await enqueue(database, queue, { id: 'loud' }, 100)
    const quiet = await enqueue(database, queue, { id: 'quiet' }, -100)
    const taken = [await take(queue), await take(queue)].map(claim => claim.runId)
    assert.deepEqual(taken.toSorted(), [loudest, quiet].toSorted())
  })

  check('counts what waits of each group', async ({ database, queue }) => {
    const depths = async () => {
      const each = database.transaction(async transaction => [
        await queue.depthOf('a', transaction),
        await queue.depthOf('b', transaction),
        await queue.depthOf('c', transaction),
      ])
      return [...(await each), await queue.depth()]
    }
    await enqueueMany(database, queue, 2, { id: 'a' })
    const [runId] = await enqueueMany(database, queue, 1, { id: 'b' })
    await enqueueMany(database, queue, 1)
    assert.deepEqual(await depths(), [2, 1, 0, 4])
    await database.transaction(transaction => queue.remove(runId as RunId, transaction))
    const claim = await take(queue)
    assert.equal((await depths())[3], 2)
    await database.transaction(transaction => queue.release(claim, transaction))
    assert.deepEqual(await depths(), [2, 0, 0, 3])
  })
}

function boundContract(check: Check): void {
  const bounded = { id: 'bounded', maxRunning: 2 }

  check('lets no group hold more than it may, and nobody wait for it', async ({ database, queue }) => {
    const ids = await enqueueMany(database, queue, 5, bounded)
    const held = [await take(queue), await take(queue)]
    const others = await enqueueMany(database, queue, 3, { id: 'other' })
    const claims = [await take(queue), await take(queue), await take(queue)]
    assert.deepEqual(
      claims.map(claim => claim.runId),
      others,
    )
    const waiting = queue.claim('worker', never)
    await queue.depth()
    await complete(database, queue, held[0] as Claim)
    assert.equal((await waiting)?.runId, ids[2])
  })

  check('wakes a claim that waits when a group at its bound hands back', async ({ database, queue }) => {
    const [first] = await enqueueMany(database, queue, 2, { id: 'bounded', maxRunning: 1 })
    const held = await take(queue)
    assert.equal(held.runId, first)
    const waiting = queue.claim('worker', never)
    await queue.depth()
    await database.transaction(transaction => queue.release(held, transaction))
    assert.equal((await waiting)?.runId, first)
  })

  check('takes the bound that was given last', async ({ database, queue }) => {
    await enqueueMany(database, queue, 2, { id: 'bounded', maxRunning: 1 })
    await take(queue)
    await enqueue(database, queue, bounded)
    await take(queue)
    const waiting = queue.claim('worker', never)
    await queue.depth()
    const other = await enqueue(database, queue, { id: 'other' })
    assert.equal((await waiting)?.runId, other)
  })

  check('forgets what the dead held of a group', async fixture => {
    const ids = await enqueueMany(fixture.database, fixture.queue, 3, bounded)
    await take(fixture.queue)
    await complete(fixture.database, fixture.queue, await take(fixture.queue))
    await take(fixture.queue)
    const queue = await fixture.restart()
    await recoverAll(fixture.database, queue)
    assert.equal(await queue.depth(), 2)
    assert.deepEqual([(await take(queue)).runId, (await take(queue)).runId], [ids[0], ids[2]])
  })
}

async function enqueue(database: Database, queue: Queue, group?: QueueGroup, priority = 0): Promise<RunId> {
  const runId = newRunId()
  await database.transaction(transaction => queue.enqueue({ runId, priority, group }, transaction))
  return runId
}

async function enqueueMany(database: Database, queue: Queue, count: number, group?: QueueGroup): Promise<RunId[]> {
  const ids: RunId[] = []
  for (let index = 0; index < count; index += 1) ids.push(await enqueue(database, queue, group))
  return ids
}

async function take(queue: Queue): Promise<Claim> {
  const claim = await queue.claim('worker', AbortSignal.timeout(5_000))
  assert.ok(claim)
  return claim
}

async function complete(database: Database, queue: Queue, claim: Claim): Promise<void> {
  assert.ok(await database.transaction(transaction => queue.complete(claim, transaction)))
}
