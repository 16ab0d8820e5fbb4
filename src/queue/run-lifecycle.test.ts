import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { begin, type ExampleHouse, exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { newRunId, type RunId } from '../run/id.ts'
import type { StageResult } from '../run/run.ts'
import type { NewRun } from '../store/run-store.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'

const never = new AbortController().signal
const environment = { name: 'python', version: '3.11.2', digest: 'sha256:abc' }
const output = { type: 'output', stage: 'run', stream: 'stdout', bytes: Buffer.from('hi\n') } as const
const exited = { outcome: { kind: 'exited', code: 0 }, stages: [] } as const
const stage: StageResult = {
  name: 'run',
  outcome: { kind: 'exited', code: 3 },
  usage: { wallTimeMs: 12 },
  limitsHit: ['processes'],
  stdout: { bytes: 3, truncated: false },
  stderr: { bytes: 0, truncated: false },
}

async function open(context: TestContext, options: { readonly maxQueuedRuns?: number } = {}): Promise<ExampleHouse> {
  const database = await openMemoryDatabase()
  const house = exampleHouse(database, { ...options, now: () => new Date('2026-03-01T10:00:05Z') })
  context.after(async () => {
    await house.queue.close()
    await database.close()
  })
  return house
}

/** The types of a run's events, with the state of state events. */
async function story({ events }: ExampleHouse, id: RunId): Promise<string[]> {
  const log = await events.read(id, { after: 0, limit: 1_000 })
  assert.deepEqual(
    log.map(event => event.sequence),
    log.map((_, index) => index + 1),
  )
  return log.map(event => (event.type === 'state' ? event.state : event.type))
}

test('a submitted run is found as it was submitted, and waits', async context => {
  const house = await open(context)
  const submitted = exampleRun({ labels: { course: 'cs1' }, priority: 4 })
  const answer = await house.lifecycle.submit(submitted)
  const { id, request, labels, priority, maxAttempts, createdAt } = submitted
  assert.deepEqual(await house.runs.find(id), answer)
  assert.deepEqual({ id, request, labels, priority, maxAttempts, createdAt }, pickSubmitted(answer))
  assert.equal(answer.state, 'queued')
  assert.equal(answer.attempt, 0)
  assert.equal(await house.queue.depth(), 1)
})

function pickSubmitted({ id, request, labels, priority, maxAttempts, createdAt }: Omit<NewRun, 'owner'>) {
  return { id, request, labels, priority, maxAttempts, createdAt }
}

test('a run that cannot be inserted is not enqueued either', async context => {
  const house = await open(context)
  const run = exampleRun()
  await house.lifecycle.submit(run)
  await assert.rejects(house.lifecycle.submit(run), /UNIQUE/)
  assert.equal(await house.queue.depth(), 1)
  assert.equal((await house.runs.countByState()).queued, 1)
})

test('a full queue refuses a run until one has left it', async context => {
  const house = await open(context, { maxQueuedRuns: 2 })
  const submissions = [1, 2, 3].map(() => house.lifecycle.submit(exampleRun()))
  const [first, second, third] = await Promise.allSettled(submissions)
  assert.deepEqual([first?.status, second?.status, third?.status], ['fulfilled', 'fulfilled', 'rejected'])
  await assert.rejects(house.lifecycle.submit(exampleRun()), { code: 'queue-full', retryAfterSeconds: 5 })
  await begin(house)
  await house.lifecycle.submit(exampleRun())
})

test('a run goes from queued to finished, and its log tells it', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun())
  const lease = await begin(house)
  assert.equal(lease.run.state, 'preparing')
  assert.equal(lease.attempt, 1)
  assert.equal(lease.run.workerId, 'worker')
  assert.equal(lease.run.request.files.length, 1)
  assert.equal(await house.lifecycle.running(lease, environment), true)
  assert.equal(await house.lifecycle.append(lease, [output, output]), true)
  const result = { outcome: stage.outcome, stages: [stage], environment }
  assert.equal(await house.lifecycle.finish(lease, result, [{ type: 'stage', stage }]), true)
  const run = await house.runs.find(id)
  assert.deepEqual(run?.outcome, stage.outcome)
  assert.deepEqual(run?.stages, [stage])
  assert.deepEqual(run?.environment, environment)
  assert.equal(run?.state, 'finished')
  assert.deepEqual(run?.finishedAt, new Date('2026-03-01T10:00:05Z'))
  assert.deepEqual(await story(house, id), ['queued', 'preparing', 'running', 'output', 'output', 'stage', 'finished'])
  assert.equal(await house.queue.heartbeat(lease.claim), false)
})

test('saying running twice tells it once', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun())
  const lease = await begin(house)
  await house.lifecycle.running(lease, environment)
  assert.equal(await house.lifecycle.running(lease, environment), true)
  assert.deepEqual(await story(house, id), ['queued', 'preparing', 'running'])
})

test('a finished run takes nothing more', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun())
  const lease = await begin(house)
  await house.lifecycle.finish(lease, exited, [])
  assert.equal(await house.lifecycle.finish(lease, { ...exited, outcome: { kind: 'canceled' } }, [output]), false)
  assert.equal(await house.lifecycle.append(lease, [output]), false)
  assert.equal(await house.lifecycle.handBack(lease, { spendAttempt: true }), false)
  assert.deepEqual(await story(house, id), ['queued', 'preparing', 'finished'])
  assert.deepEqual((await house.runs.find(id))?.outcome, exited.outcome)
})

test('a stale lease gets false and writes nothing, before and after the next attempt began', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun())
  const stale = await begin(house)
  assert.deepEqual(await house.lifecycle.recover(), [id])
  const refused = async () => {
    const before = await story(house, id)
    assert.equal(await house.lifecycle.append(stale, [output]), false)
    assert.equal(await house.lifecycle.append(stale, []), false)
    assert.equal(await house.lifecycle.running(stale, environment), false)
    assert.equal(await house.lifecycle.handBack(stale, { spendAttempt: false }), false)
    assert.equal(await house.lifecycle.finish(stale, exited, [output]), false)
    assert.deepEqual(await story(house, id), before)
  }
  await refused()
  const lease = await begin(house)
  assert.equal(lease.attempt, 2)
  await refused()
  assert.equal(await house.lifecycle.begin(stale.claim, 'worker'), undefined)
  assert.equal(await house.lifecycle.finish(lease, exited, []), true)
})

test('an unspent attempt keeps its number, so that its lease is stale all the same', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun({ maxAttempts: 1 }))
  const first = await begin(house)
  assert.equal(await house.lifecycle.handBack(first, { spendAttempt: false }), true)
  const second = await begin(house)
  assert.equal(second.attempt, 2)
  assert.equal(await house.lifecycle.finish(first, exited, []), false)
  assert.equal(await house.lifecycle.handBack(second, { spendAttempt: true }), true)
  assert.equal((await house.runs.find(id))?.state, 'queued')
})

test('a run without attempts left ends as attempts-exhausted instead of beginning', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun({ maxAttempts: 2 }))
  await house.lifecycle.handBack(await begin(house), { spendAttempt: true })
  await begin(house)
  await house.lifecycle.recover()
  const claim = await house.queue.claim('worker', never)
  assert.ok(claim)
  assert.equal(await house.lifecycle.begin(claim, 'worker'), undefined)
  const run = await house.runs.find(id)
  assert.equal(run?.outcome?.kind === 'failed' && run.outcome.code, 'attempts-exhausted')
  assert.equal(run?.attempt, 2)
  assert.equal((await story(house, id)).filter(type => type === 'finished').length, 1)
  assert.equal(await house.queue.heartbeat(claim), false)
})

test('a new attempt forgets what the one before knew of its environment', async context => {
  const house = await open(context)
  await house.lifecycle.submit(exampleRun())
  const lease = await begin(house)
  await house.lifecycle.running(lease, environment)
  await house.lifecycle.handBack(lease, { spendAttempt: true })
  assert.equal((await begin(house)).run.environment, undefined)
})

test('a canceled run ends at once while it waits, and stays as it is after', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun())
  const canceled = await house.lifecycle.cancel(id)
  assert.equal(canceled?.state, 'finished')
  assert.deepEqual(canceled?.outcome, { kind: 'canceled' })
  assert.deepEqual(await house.lifecycle.cancel(id), canceled)
  assert.deepEqual(await story(house, id), ['queued', 'finished'])
  assert.equal(await house.queue.depth(), 0)
})

test('a cancel of a running run marks it, wakes its worker, and leaves the end to him', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun())
  const lease = await begin(house)
  const hinted = new Promise<void>(resolve => house.database.hints.subscribe(`run:${id}`, resolve))
  const marked = await house.lifecycle.cancel(id)
  await hinted
  assert.equal(marked?.cancelRequested, true)
  assert.equal(marked?.state, 'preparing')
  assert.deepEqual(await house.lifecycle.cancel(id), marked)
  assert.equal(await house.lifecycle.finish(lease, { outcome: { kind: 'canceled' }, stages: [] }, []), true)
})

test('a cancel between claim and begin ends the run at begin', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun())
  const claim = await house.queue.claim('worker', never)
  assert.ok(claim)
  assert.equal((await house.lifecycle.cancel(id))?.state, 'queued')
  assert.equal(await house.lifecycle.begin(claim, 'worker'), undefined)
  assert.deepEqual((await house.runs.find(id))?.outcome, { kind: 'canceled' })
  assert.equal(await house.queue.heartbeat(claim), false)
})

test('a cancel that was asked for ends the run when it is handed back or recovered', async context => {
  const house = await open(context)
  const handedBack = await house.lifecycle.submit(exampleRun())
  const lost = await house.lifecycle.submit(exampleRun())
  const lease = await begin(house)
  await begin(house)
  await house.lifecycle.cancel(handedBack.id)
  await house.lifecycle.cancel(lost.id)
  assert.equal(await house.lifecycle.handBack(lease, { spendAttempt: true }), true)
  assert.deepEqual(await house.lifecycle.recover(), [])
  for (const { id } of [handedBack, lost]) {
    assert.deepEqual((await house.runs.find(id))?.outcome, { kind: 'canceled' })
  }
  assert.equal(await house.queue.depth(), 0)
})

test('recovering puts what was begun or claimed back into the queue, and tells it', async context => {
  const house = await open(context)
  const begun = await house.lifecycle.submit(exampleRun())
  const claimed = await house.lifecycle.submit(exampleRun())
  const waiting = await house.lifecycle.submit(exampleRun())
  await begin(house)
  await house.queue.claim('worker', never)
  assert.deepEqual([...(await house.lifecycle.recover())].sort(), [begun.id, claimed.id].sort())
  assert.deepEqual(await story(house, begun.id), ['queued', 'preparing', 'queued'])
  assert.deepEqual(await story(house, claimed.id), ['queued'])
  assert.equal((await house.runs.find(begun.id))?.workerId, undefined)
  assert.equal(await house.queue.depth(), 3)
  assert.deepEqual(await house.lifecycle.recover(), [])
  const order = [await begin(house), await begin(house), await begin(house)].map(lease => lease.run.id)
  assert.deepEqual(order, [begun.id, claimed.id, waiting.id])
})

test('removing takes a finished run with all its data, and refuses another', async context => {
  const house = await open(context)
  const { id } = await house.lifecycle.submit(exampleRun({ labels: { a: 'b' } }))
  await assert.rejects(house.lifecycle.remove(id), { code: 'run-not-finished' })
  const lease = await begin(house)
  await house.lifecycle.append(lease, [output])
  await house.lifecycle.finish(lease, exited, [])
  assert.equal(await house.lifecycle.remove(id), true)
  assert.equal(await house.lifecycle.remove(id), false)
  assert.equal(await house.lifecycle.cancel(id), undefined)
  assert.equal(await house.runs.find(id), undefined)
  for (const table of ['run_requests', 'run_labels', 'events', 'jobs'] as const) {
    assert.deepEqual(await house.database.rows.selectFrom(table).selectAll().execute(), [])
  }
  assert.deepEqual(await house.runs.countByState(), { queued: 0, preparing: 0, running: 0, finished: 0 })
})

test('a state or finished event from outside is refused as a bug', async context => {
  const house = await open(context)
  await house.lifecycle.submit(exampleRun())
  const lease = await begin(house)
  const finished = { type: 'finished', outcome: exited.outcome } as const
  assert.throws(() => house.lifecycle.append(lease, [finished]), /made by the lifecycle/)
  assert.throws(() => house.lifecycle.finish(lease, exited, [finished]), /made by the lifecycle/)
})

test('nothing can be done with a run that never was', async context => {
  const house = await open(context)
  assert.equal(await house.lifecycle.cancel(newRunId()), undefined)
  assert.equal(await house.lifecycle.remove(newRunId()), false)
})
