import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleApi, exampleWorker, finish, post, take, write } from '../../../test/support/example-api.ts'

/** What a server of the next version wrote, and one of this version reads. */
const more = { ofTomorrow: { a: [1] } }

test('events of kinds that a newer version has keep their numbers, and say nothing else', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const lease = await take(api)
  await write(api, lease, 'hi')
  const { rows } = api.database
  const now = Date.now()
  const columns = { run_id: id, attempt: 1, at: now, stage: null, test: null, stream: null, bytes: null } as const
  await rows
    .insertInto('events')
    .values([
      { ...columns, sequence: 5, type: 'weather', data: JSON.stringify({ type: 'weather', secret: 1 }) },
      { ...columns, sequence: 6, type: 'wind', data: null, bytes: Buffer.from('secret') },
    ])
    .execute()
  await rows.updateTable('runs').set({ last_sequence: 6 }).where('id', '=', id).execute()
  await finish(api, lease, 2)
  const { body } = await api.app.inject(`/v1/runs/${id}/events`)
  const sent = [...body.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data))
  assert.deepEqual(
    sent.map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  const at = new Date(now).toISOString()
  assert.deepEqual(sent.slice(4, 6), [
    { sequence: 5, attempt: 1, at, type: 'weather' },
    { sequence: 6, attempt: 1, at, type: 'wind' },
  ])
  assert.equal((await api.app.inject(`/v1/runs/${id}/stdout`)).body, 'hi')
})

test('rows in which a newer version says more, or something else, are read', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const lease = await take(api)
  await finish(api, lease, 0)
  const { rows } = api.database
  const row = await rows.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const content = await rows
    .selectFrom('run_requests')
    .select('content')
    .where('run_id', '=', id)
    .executeTakeFirstOrThrow()
  const withMore = (text: string | null) => JSON.stringify({ ...JSON.parse(text ?? '{}'), ...more })
  const [stage] = JSON.parse(row.stages)
  await rows
    .updateTable('runs')
    .set({
      request: withMore(row.request),
      environment: withMore(row.environment),
      outcome: JSON.stringify({ kind: 'evaporated', ...more }),
      stages: JSON.stringify([{ ...stage, ...more, outcome: { kind: 'evaporated' }, limitsHit: ['patience'] }]),
    })
    .where('id', '=', id)
    .execute()
  await rows
    .updateTable('run_requests')
    .set({ content: withMore(content.content) })
    .where('run_id', '=', id)
    .execute()
  await api.workers.put(
    exampleWorker({ state: 'pensive' as 'ready', platform: { ...exampleWorker().platform, ...more } as never }),
  )
  const run = (await api.app.inject(`/v1/runs/${id}`)).json()
  assert.equal(run.outcome.kind, 'evaporated')
  assert.equal(run.stages[0].outcome.kind, 'evaporated')
  const list = (await api.app.inject('/v1/runs')).json()
  assert.equal(list.runs[0].id, id)
  const { workers } = (await api.app.inject('/v1/workers')).json()
  assert.deepEqual([workers[0].state, 'ofTomorrow' in workers[0].platform], ['pensive', false])
  assert.equal((await api.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` })).statusCode, 202)
})

test('what is typed in a way that a newer version knows is left out, and what is around it is not', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app, { environment: 'python', source: 'input()', interactive: true })
  const lease = await take(api)
  const unknown = [
    { type: 'gesture', ...more },
    { type: 'signal', signal: 'SIGTOMORROW' },
  ]
  const known = { type: 'resize', size: { columns: 1, rows: 2 }, ...more }
  const inputs = [...unknown, known].map((input, index) => ({
    run_id: id,
    sequence: index + 1,
    data: JSON.stringify(input),
    bytes: null,
  }))
  await api.database.rows.insertInto('run_inputs').values(inputs).execute()
  assert.deepEqual(await api.terminals.take(id, lease.attempt), [known])
  assert.deepEqual(await api.terminals.take(id, lease.attempt), [])
})
