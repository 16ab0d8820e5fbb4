import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { type ExampleApi, exampleApi, finish, take } from '../../../test/support/example-api.ts'
import { exampleKeys } from '../../../test/support/example-key.ts'
import { newBatchId } from '../../run/batch.ts'
import type { RunId } from '../../run/id.ts'

const run = { environment: 'python', source: 'print(1)' }

async function submit({ app }: Pick<ExampleApi, 'app'>, runs: readonly object[], headers: Record<string, string> = {}) {
  return await app.inject({ method: 'POST', url: '/v1/batches', headers, body: { runs } })
}

/** The events of a stream that has ended. */
function events(body: string) {
  const found = [...body.matchAll(/^id: (\d+)\nevent: (\w+)\ndata: (.*)$/gm)]
  return found.map(([, id, type, data = '']) => {
    const event = JSON.parse(data)
    assertShape('BatchEvent', event)
    assert.deepEqual([String(event.sequence), event.type], [id, type])
    return event
  })
}

test('a batch is stored with all its runs, and each of them is a run like any other', async context => {
  const house = await exampleApi(context)
  const reply = await submit(house, [run, { ...run, labels: { a: 'b' } }, { ...run, environment: 'bash' }])
  assert.equal(reply.statusCode, 202, reply.body)
  const batch = reply.json()
  assertShape('Batch', batch)
  assert.equal(reply.headers.location, `/v1/batches/${batch.id}`)
  assert.equal(batch.state, 'queued')
  assert.deepEqual(batch.counts, { queued: 3, preparing: 0, running: 0, finished: 0 })
  assert.equal(await house.queue.depth(), 3)
  const second = (await house.app.inject(`/v1/runs/${batch.runIds[1]}`)).json()
  assert.deepEqual([second.labels, second.batchId], [{ a: 'b' }, batch.id])
  await house.app.inject({ method: 'POST', url: '/v1/runs', body: run })
  const list = (await house.app.inject(`/v1/runs?batch=${batch.id}&limit=2`)).json()
  assert.equal(list.runs.length, 2)
  const rest = (await house.app.inject(`/v1/runs?batch=${batch.id}&cursor=${list.next}`)).json()
  const ids = [...list.runs, ...rest.runs].map(listed => listed.id)
  assert.deepEqual(ids.toSorted(), batch.runIds.toSorted())
})

test('a batch with a run that cannot be is refused as a whole, with what is wrong where', async context => {
  const house = await exampleApi(context)
  const cases: readonly (readonly [object[], number, string, string[]])[] = [
    [[], 400, 'invalid-request', ['/runs']],
    [[run, { ...run, limts: {} }], 400, 'invalid-request', ['/runs/1/limts']],
    [
      [run, { ...run, limits: { memoryBytes: 0 } }, run, { ...run, limits: { processes: 1 } }],
      422,
      'limit-out-of-range',
      ['/runs/1/limits/memoryBytes', '/runs/3/limits/processes'],
    ],
    [[run, { environment: 'python' }], 400, 'invalid-request', ['/runs/1/files']],
    [[{ ...run, environment: 'nonsense' }], 422, 'unknown-environment', ['/runs/0/environment']],
    [[run, { ...run, args: ['a\0'] }, { ...run, environment: 'x' }], 400, 'invalid-request', ['/runs/1/args/0']],
  ]
  for (const [runs, status, code, pointers] of cases) {
    const { errors = [] } = assertProblem(await submit(house, runs), status, code)
    assert.deepEqual(
      errors.map(({ pointer }) => pointer),
      pointers,
    )
  }
  const tooMany = Array.from({ length: 1001 }, () => run)
  assertProblem(await submit(house, tooMany), 400, 'invalid-request')
  assert.equal(await house.queue.depth(), 0)
  assert.deepEqual((await house.app.inject('/v1/runs')).json().runs, [])
})

test('a batch that does not fit into the queue is refused as a whole, and costs nothing', async context => {
  const house = await exampleApi(context, { maxQueuedRuns: 3 })
  const { alice } = await exampleKeys(house.keys, { runsPerMinute: 4 })
  assertProblem(await submit(house, [run, run, run, run], alice.headers), 429, 'queue-full')
  assertProblem(await submit(house, [run, run, run, run, run], alice.headers), 400, 'invalid-request')
  const accepted = await submit(house, [run, run], alice.headers)
  assert.equal(accepted.statusCode, 202)
  assert.match(String(accepted.headers.ratelimit), /r=2;/)
  assertProblem(await submit(house, [run, run, run], alice.headers), 429, 'queue-full')
  assert.equal((await submit(house, [run], alice.headers)).statusCode, 202)
  await house.lifecycle.cancelBatch(accepted.json().id)
  assertProblem(await submit(house, [run, run], alice.headers), 429, 'rate-limited')
  assert.equal(await house.queue.depth(), 1)
})

test('the same batch with the same idempotency key is one batch', async context => {
  const house = await exampleApi(context)
  const headers = { 'idempotency-key': 'once' }
  const [first, second] = [await submit(house, [run, run], headers), await submit(house, [run, run], headers)]
  assert.deepEqual(second.json(), first.json())
  assert.equal(await house.queue.depth(), 2)
  assertProblem(await submit(house, [run], headers), 422, 'idempotency-key-reused')
})

test('the ends of its runs are events in their order, and the last one is its own', {
  timeout: 20_000,
}, async context => {
  const house = await exampleApi(context)
  const { id, runIds } = (await submit(house, [run, run, run])).json()
  const live = house.app.inject(`/v1/batches/${id}/events`).then(reply => reply.body)
  const waited = house.app
    .inject({ url: `/v1/batches/${id}`, headers: { prefer: 'wait=60' } })
    .then(reply => reply.json())
  await finish(house, await take(house), 0)
  await house.app.inject({ method: 'POST', url: `/v1/runs/${runIds[2]}/cancel` })
  const middle = (await house.app.inject(`/v1/batches/${id}`)).json()
  assert.deepEqual([middle.state, middle.counts.finished, middle.finishedAt], ['running', 2, undefined])
  await finish(house, await take(house), 0)
  const told = events(await live)
  assert.deepEqual(
    told.map(event => event.runId ?? event.type),
    [runIds[0], runIds[2], runIds[1], 'finished'],
  )
  assert.deepEqual(told[1].outcome, { kind: 'canceled' })
  const { batch } = told[3]
  assert.deepEqual(batch.outcomes, { exited: 2, canceled: 1 })
  assert.deepEqual(await waited, batch)
  assert.deepEqual((await house.app.inject(`/v1/batches/${id}`)).json(), batch)
  const after = (lastEventId: number) =>
    house.app.inject({ url: `/v1/batches/${id}/events`, headers: { 'last-event-id': String(lastEventId) } })
  assert.deepEqual(events((await after(2)).body), told.slice(2))
  assert.deepEqual(events((await after(3)).body), told.slice(3))
  assert.equal((await after(4)).statusCode, 204)
  assertProblem(
    await house.app.inject({ url: `/v1/batches/${id}/events`, headers: { 'last-event-id': '-1' } }),
    400,
    'invalid-request',
  )
})

test('cancel ends what waits and marks what runs, and may be repeated', async context => {
  const house = await exampleApi(context, { maxQueuedRuns: 1000 })
  const runs = Array.from({ length: 120 }, () => run)
  const { id } = (await submit(house, runs)).json()
  const lease = await take(house)
  const cancel = () => house.app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` })
  const canceled = await cancel()
  assert.equal(canceled.statusCode, 202)
  assert.deepEqual(canceled.json().counts, { queued: 0, preparing: 0, running: 1, finished: 119 })
  assert.equal(await house.runs.isCancelRequested(lease.run.id), true)
  assert.deepEqual((await cancel()).json(), canceled.json())
  await house.lifecycle.finish(lease, { outcome: { kind: 'canceled' }, stages: [] }, [])
  const done = await cancel()
  assert.equal(done.statusCode, 200)
  assert.deepEqual(done.json().outcomes, { canceled: 120 })
})

test('a batch outlives its runs but for the last one', async context => {
  const house = await exampleApi(context)
  const { id, runIds } = (await submit(house, [run, run])).json()
  await house.lifecycle.cancelBatch(id)
  const remove = (runId: RunId) => house.app.inject({ method: 'DELETE', url: `/v1/runs/${runId}` })
  assert.equal((await remove(runIds[0])).statusCode, 204)
  const left = (await house.app.inject(`/v1/batches/${id}`)).json()
  assert.deepEqual([left.state, left.counts.finished, left.runIds], ['finished', 2, runIds])
  await remove(runIds[1])
  assertProblem(await house.app.inject(`/v1/batches/${id}`), 404, 'batch-not-found')
  for (const table of ['batches', 'batch_ends', 'jobs'] as const) {
    assert.deepEqual(await house.database.rows.selectFrom(table).selectAll().execute(), [])
  }
})

test('a batch that is not there is a problem', async context => {
  const { app } = await exampleApi(context)
  for (const id of [newBatchId(), 'x']) {
    assertProblem(await app.inject(`/v1/batches/${id}`), 404, 'batch-not-found')
    assertProblem(await app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` }), 404, 'batch-not-found')
    assertProblem(await app.inject(`/v1/batches/${id}/events`), 404, 'batch-not-found')
  }
})
