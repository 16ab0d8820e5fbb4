import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Response } from 'light-my-request'
import { exampleApi, finish, post, take, write } from '../../../test/support/example-api.ts'
import { type ExampleKey, exampleKey, exampleKeys, postAs } from '../../../test/support/example-key.ts'
import { newBatchId } from '../../run/batch.ts'
import { newRunId } from '../../run/id.ts'

/** What a follower or a careful client might send; none of it may make a difference. */
const variants: readonly Record<string, string>[] = [
  {},
  { 'last-event-id': '1' },
  { 'last-event-id': 'nonsense' },
  { prefer: 'wait=1' },
  { range: 'bytes=0-0' },
  { upgrade: 'websocket', connection: 'upgrade' },
]

/** Everything but what names the run, and the time. */
function shape(reply: Response, id: string): unknown {
  const { date: _date, ...headers } = reply.headers
  return { status: reply.statusCode, headers, body: reply.body.replaceAll(id, 'ID') }
}

test("on every route with a run's id, the run of another key is not there", async context => {
  const house = await exampleApi(context)
  const { app } = house
  const old = await post(app)
  const { admin, alice, bob } = await exampleKeys(house.keys)
  await finish(house, await take(house), 0)
  const finished = await postAs(app, alice)
  const lease = await take(house)
  await write(house, lease, 'secret output')
  await finish(house, lease, 13)
  const running = await postAs(app, alice)
  await take(house)
  const queued = await postAs(app, alice)
  const routes = [...app.routeTable].filter(([url]) => /^\/v1\/runs\/:\w+/.test(url))
  assert.ok(routes.length >= 5)
  for (const [url, methods] of routes) {
    for (const method of methods) {
      for (const headers of variants) {
        const ask = (id: string, as: ExampleKey) =>
          app.inject({
            method: method as 'GET',
            url: url.replace(/:\w+/, id).replaceAll(/:\w+|\*/g, 'main.py'),
            headers: { ...headers, ...as.headers },
          })
        const nowhere = newRunId()
        const missing = shape(await ask(nowhere, bob), nowhere)
        for (const id of [old, finished, running, queued]) {
          const reply = await ask(id, bob)
          const what = `${method} ${url} ${JSON.stringify(headers)}`
          assert.deepEqual(shape(reply, id), missing, what)
          assert.ok(reply.statusCode >= 400, what)
        }
      }
    }
  }
  // It is all still there for those whose it is.
  const states = []
  for (const [id, as] of [
    [old, admin],
    [finished, alice],
    [running, alice],
    [queued, admin],
  ] as const) {
    states.push((await app.inject({ url: `/v1/runs/${id}`, headers: as.headers })).json().state)
  }
  assert.deepEqual(states, ['finished', 'finished', 'running', 'queued'])
})

test("on every route with a batch's id, the batch of another key is not there", async context => {
  const house = await exampleApi(context)
  const { app } = house
  const { alice, bob } = await exampleKeys(house.keys)
  const body = { runs: [{ environment: 'python', source: '' }] }
  const submit = async () =>
    (await app.inject({ method: 'POST', url: '/v1/batches', headers: alice.headers, body })).json().id as string
  const finished = await submit()
  await finish(house, await take(house), 0)
  const queued = await submit()
  const routes = [...app.routeTable].filter(([url]) => /^\/v1\/batches\/:\w+/.test(url))
  assert.ok(routes.length >= 3)
  for (const [url, methods] of routes) {
    for (const method of methods) {
      for (const headers of variants) {
        const ask = (id: string) =>
          app.inject({ method: method as 'GET', url: url.replace(/:\w+/, id), headers: { ...headers, ...bob.headers } })
        const nowhere = newBatchId()
        const missing = shape(await ask(nowhere), nowhere)
        for (const id of [finished, queued]) {
          const reply = await ask(id)
          assert.deepEqual(shape(reply, id), missing, `${method} ${url} ${JSON.stringify(headers)}`)
          assert.ok(reply.statusCode >= 400)
        }
      }
    }
  }
  const list = await app.inject({ url: `/v1/runs?batch=${queued}`, headers: bob.headers })
  assert.deepEqual(list.json().runs, [])
  assert.equal((await app.inject({ url: `/v1/batches/${queued}`, headers: alice.headers })).json().state, 'queued')
})

test('every route whose address has an id is known to the tests above, or for administrators alone', async context => {
  const { app } = await exampleApi(context)
  const others = [...app.routeTable.keys()].filter(url => /:|\*/.test(url) && !/^\/v1\/(runs|batches)\/:/.test(url))
  // Those of keys and operations are shown to be so by tests of their own.
  const forAdministrators = ['/v1/environments/:name/pull', '/v1/keys/:id', '/v1/operations/:id']
  assert.deepEqual(others.toSorted(), [
    '/docs/static/*',
    '/v1/environments/:name',
    ...forAdministrators,
    '/v1/operations/:id/events',
  ])
})

test('lists have the own runs only, whatever they are filtered by; an administrator has all, and each by its key', async context => {
  const { app, keys } = await exampleApi(context)
  const old = await post(app)
  const { admin, alice, bob } = await exampleKeys(keys)
  const body = { environment: 'python', source: '', labels: { team: 'x' } }
  const ofAlice = await postAs(app, alice, body)
  const ofBob = await postAs(app, bob, body)
  const list = async (as: ExampleKey, query: string) => {
    const reply = await app.inject({ url: `/v1/runs?${query}`, headers: as.headers })
    return reply.json().runs.map((run: { id: string }) => run.id)
  }
  const queries = ['', 'state=queued', 'environment=python', 'label=team:x', `key=${alice.key.id}`, 'limit=1']
  for (const query of queries) {
    assert.deepEqual(await list(bob, query), [ofBob], query)
  }
  assert.deepEqual(await list(bob, `cursor=${newRunId()}`), [ofBob])
  assert.deepEqual(await list(bob, 'outcome=exited'), [])
  assert.deepEqual((await list(admin, '')).toSorted(), [old, ofAlice, ofBob].toSorted())
  assert.deepEqual(await list(admin, `key=${alice.key.id}`), [ofAlice])
  assert.deepEqual(await list(admin, `key=${alice.key.id}&label=team:x`), [ofAlice])
})

test('a run tells whose it is', async context => {
  const { app, keys } = await exampleApi(context)
  const admin = await exampleKey(keys, { scopes: ['admin'] })
  const id = await postAs(app, admin)
  assert.equal((await app.inject({ url: `/v1/runs/${id}`, headers: admin.headers })).json().keyId, admin.key.id)
})
