import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Claim, Queue } from '../../src/queue/queue.ts'
import { newRunId, type RunId } from '../../src/run/id.ts'
import type { Database } from '../../src/store/database.ts'
import { groupContract } from './queue-groups.ts'
import { poolContract } from './queue-pools.ts'

/** An empty queue for one test. Waiting claims must be woken by hints alone: no poll of the queue's own may come in time. */
export interface QueueFixture {
  readonly database: Database
  readonly queue: Queue
  /** The queue as the next process finds it after the death of everybody who held a claim. */
  restart(): Promise<Queue>
  close(): Promise<void>
}

const never = new AbortController().signal
const deadline = { timeout: 10_000 }

/** What every queue must do. */
export function queueContract(name: string, open: () => Promise<QueueFixture>): void {
  const check = (what: string, body: (fixture: QueueFixture) => Promise<void>): void => {
    test(`${name} ${what}`, deadline, async (context: TestContext) => {
      const fixture = await open()
      context.after(() => fixture.close())
      await body(fixture)
    })
  }
  orderContract(check)
  transactionContract(check)
  waitingContract(check)
  holdingContract(check)
  groupContract(check)
  poolContract(check)
}

export type Check = (what: string, body: (fixture: QueueFixture) => Promise<void>) => void

function orderContract(check: Check): void {
  check('gives runs first come, first served', async ({ database, queue }) => {
    const ids = await enqueueMany(database, queue, [0, 0, 0])
    assert.deepEqual(await claimIds(queue, 3), ids)
  })

  check('gives runs that came in one transaction in their order, and after those that came before', async fixture => {
    const { database, queue } = fixture
    const first = await enqueueMany(database, queue, [0, 0])
    const together = Array.from({ length: 30 }, newRunId)
    await database.transaction(async transaction => {
      for (const runId of together) await queue.enqueue({ runId, priority: 0 }, transaction)
    })
    const last = await enqueue(database, queue)
    assert.deepEqual(await claimIds(queue, 33), [...first, ...together, last])
  })

  check('gives a higher priority first, and a negative one last', async ({ database, queue }) => {
    const [low, middle, high, alsoHigh] = await enqueueMany(database, queue, [-5, 0, 7, 7])
    assert.deepEqual(await claimIds(queue, 4), [high, alsoHigh, middle, low])
  })

  check('gives a run that was handed back its old place', async ({ database, queue }) => {
    const [first, second, third] = await enqueueMany(database, queue, [0, 0, 0])
    const claim = await take(queue)
    await database.transaction(transaction => queue.release(claim, transaction))
    assert.deepEqual(await claimIds(queue, 3), [first, second, third])
  })

  check('gives each run to one of many claimers', async ({ database, queue }) => {
    const claims = Array.from({ length: 40 }, (_, claimer) => queue.claim(`worker-${claimer}`, never))
    const enqueued = await Promise.all(Array.from({ length: 40 }, () => enqueue(database, queue)))
    const claimed = (await Promise.all(claims)).map(claim => claim?.runId)
    assert.deepEqual([...claimed].sort(), [...enqueued].sort())
    assert.equal(await queue.depth(), 0)
  })

  check('gives the first of a great many runs to many claimers at once, each to one', async ({ database, queue }) => {
    const ids = Array.from({ length: 300 }, newRunId)
    await database.transaction(async transaction => {
      for (const runId of ids) await queue.enqueue({ runId, priority: 0 }, transaction)
    })
    const abort = new AbortController()
    const claims = Array.from({ length: 60 }, (_, claimer) => {
      return queue.claim(`worker-${claimer}`, claimer % 3 === 0 ? abort.signal : never)
    })
    await claims[1]
    abort.abort()
    const taken = (await Promise.all(claims)).filter(claim => claim !== undefined)
    assert.deepEqual(taken.map(({ runId }) => runId).sort(), ids.slice(0, taken.length).sort())
    for (const claim of taken) assert.equal(await queue.heartbeat(claim), true)
    assert.equal(await queue.depth(), ids.length - taken.length)
    for (const claim of taken) assert.equal(await complete(database, queue, claim), true)
    assert.deepEqual(await claimIds(queue, 3), ids.slice(taken.length, taken.length + 3))
  })
}

function transactionContract(check: Check): void {
  check('has nothing of an enqueue that was rolled back', async ({ database, queue }) => {
    const work = database.transaction(async transaction => {
      await queue.enqueue({ runId: newRunId(), priority: 0 }, transaction)
      throw new Error('changed my mind')
    })
    await assert.rejects(work, /changed my mind/)
    assert.equal(await queue.depth(), 0)
  })

  check('keeps a claim whose completion was rolled back', async ({ database, queue }) => {
    await enqueue(database, queue)
    const claim = await take(queue)
    const work = database.transaction(async transaction => {
      assert.equal(await queue.complete(claim, transaction), true)
      throw new Error('changed my mind')
    })
    await assert.rejects(work, /changed my mind/)
    assert.equal(await queue.heartbeat(claim), true)
    assert.equal(await complete(database, queue, claim), true)
  })
}

function waitingContract(check: Check): void {
  check('wakes a claim that waits when a run comes', async ({ database, queue }) => {
    const claim = queue.claim('worker', never)
    // Queued behind the look of the claim, so that it has seen an empty queue by then.
    await queue.depth()
    const runId = await enqueue(database, queue)
    assert.equal((await claim)?.runId, runId)
  })

  check('wakes a claim that waits when a run is handed back', async ({ database, queue }) => {
    const runId = await enqueue(database, queue)
    const held = await take(queue)
    const waiting = queue.claim('other', never)
    await queue.depth()
    await database.transaction(transaction => queue.release(held, transaction))
    const claim = await waiting
    assert.equal(claim?.runId, runId)
    assert.notEqual(claim?.token, held.token)
  })

  check('ends a wait with undefined when it is aborted, and gives the run to the next', async ({ database, queue }) => {
    const abort = new AbortController()
    const aborted = queue.claim('worker', abort.signal)
    const next = queue.claim('other', never)
    abort.abort()
    assert.equal(await aborted, undefined)
    const runId = await enqueue(database, queue)
    assert.equal((await next)?.runId, runId)
  })

  check('takes nothing for a signal that is aborted already', async ({ database, queue }) => {
    await enqueue(database, queue)
    assert.equal(await queue.claim('worker', AbortSignal.abort()), undefined)
    assert.equal(await queue.depth(), 1)
  })

  check('loses no run to claims that are aborted while they take', async ({ database, queue }) => {
    await Promise.all(Array.from({ length: 30 }, () => enqueue(database, queue)))
    const claims: Promise<Claim | undefined>[] = []
    for (let round = 0; round < 60; round += 1) {
      const abort = new AbortController()
      claims.push(queue.claim('worker', abort.signal))
      for (let turn = 0; turn < round % 23; turn += 1) await Promise.resolve()
      abort.abort()
    }
    const claimed = (await Promise.all(claims)).filter(claim => claim !== undefined)
    assert.equal(claimed.length + (await queue.depth()), 30)
    for (const claim of claimed) assert.equal(await queue.heartbeat(claim), true)
  })

  check('ends all waiting when it is closed', async ({ queue }) => {
    const claims = [queue.claim('one', never), queue.claim('two', never)]
    await queue.close()
    assert.deepEqual(await Promise.all(claims), [undefined, undefined])
    assert.equal(await queue.claim('three', never), undefined)
  })
}

function holdingContract(check: Check): void {
  check('completes a claim once', async ({ database, queue }) => {
    await enqueue(database, queue)
    const claim = await take(queue)
    assert.equal(await complete(database, queue, claim), true)
    assert.equal(await complete(database, queue, claim), false)
    assert.equal(await queue.heartbeat(claim), false)
    assert.equal(await queue.depth(), 0)
  })

  check('removes a run that nobody holds, and no other', async ({ database, queue }) => {
    const [held, waiting] = await enqueueMany(database, queue, [0, 0])
    const claim = await take(queue)
    assert.equal(claim.runId, held)
    const remove = (runId: RunId) => database.transaction(transaction => queue.remove(runId, transaction))
    assert.equal(await remove(held ?? newRunId()), false)
    assert.equal(await remove(waiting ?? newRunId()), true)
    assert.equal(await remove(waiting ?? newRunId()), false)
    assert.equal(await remove(newRunId()), false)
    assert.equal(await queue.heartbeat(claim), true)
    assert.equal(await queue.depth(), 0)
  })

  check('counts what waits, not what is held', async ({ database, queue }) => {
    await enqueueMany(database, queue, [0, 0, 0])
    assert.equal(await queue.depth(), 3)
    await take(queue)
    assert.equal(await queue.depth(), 2)
  })

  check('refuses the old claim of a run that was claimed again', async ({ database, queue }) => {
    await enqueue(database, queue)
    const old = await take(queue)
    await database.transaction(transaction => queue.release(old, transaction))
    const current = await take(queue)
    assert.equal(await queue.heartbeat(old), false)
    assert.equal(await database.transaction(transaction => queue.heartbeat(old, transaction)), false)
    await database.transaction(transaction => queue.release(old, transaction))
    assert.equal(await complete(database, queue, old), false)
    assert.equal(await queue.depth(), 0)
    assert.equal(await queue.heartbeat(current), true)
  })

  check('gives back the claims of the dead, in their old places, and no others', async fixture => {
    const { database } = fixture
    const [first, second, third] = await enqueueMany(database, fixture.queue, [0, 0, 0])
    await complete(database, fixture.queue, await take(fixture.queue))
    const lost = await take(fixture.queue)
    assert.equal(lost.runId, second)
    const queue = await fixture.restart()
    assert.deepEqual(await recoverAll(database, queue), [second])
    assert.deepEqual(await queue.lost(), [])
    assert.equal(await queue.heartbeat(lost), false)
    assert.deepEqual(await claimIds(queue, 2), [second, third])
    assert.notEqual(first, second)
  })

  check('wakes a claim that waits when a dead one is recovered', async fixture => {
    const runId = await enqueue(fixture.database, fixture.queue)
    await take(fixture.queue)
    const queue = await fixture.restart()
    const waiting = queue.claim('worker', never)
    await queue.depth()
    await recoverAll(fixture.database, queue)
    assert.equal((await waiting)?.runId, runId)
  })
}

/** Those that came back, in their order. */
export async function recoverAll(database: Database, queue: Queue): Promise<readonly RunId[]> {
  const recovered: RunId[] = []
  for (const runId of await queue.lost()) {
    if (await database.transaction(transaction => queue.recover(runId, transaction))) recovered.push(runId)
  }
  return recovered
}

async function enqueue(database: Database, queue: Queue, priority = 0): Promise<RunId> {
  const runId = newRunId()
  await database.transaction(transaction => queue.enqueue({ runId, priority }, transaction))
  return runId
}

async function enqueueMany(database: Database, queue: Queue, priorities: readonly number[]): Promise<RunId[]> {
  const ids: RunId[] = []
  for (const priority of priorities) ids.push(await enqueue(database, queue, priority))
  return ids
}

async function take(queue: Queue): Promise<Claim> {
  const claim = await queue.claim('worker', never)
  assert.ok(claim)
  return claim
}

async function claimIds(queue: Queue, count: number): Promise<RunId[]> {
  const ids: RunId[] = []
  for (let taken = 0; taken < count; taken += 1) ids.push((await take(queue)).runId)
  return ids
}

function complete(database: Database, queue: Queue, claim: Claim): Promise<boolean> {
  return database.transaction(transaction => queue.complete(claim, transaction))
}
