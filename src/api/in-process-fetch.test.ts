import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunItClient } from '../../sdk/src/client.ts'
import { exampleApi, finish, take, write } from '../../test/support/example-api.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { inProcessFetch } from './in-process-fetch.ts'

const submission = { environment: 'python', source: 'print(1)' }

test('the client library talks to the API without a port', async context => {
  const api = await exampleApi(context)
  const client = new RunItClient({ baseUrl: 'http://in-process', fetch: inProcessFetch(api.app) })
  const submitted = await client.runs.submit(submission)
  const following = (async () => {
    const types: string[] = []
    for await (const event of client.runs.events(submitted.id)) types.push(event.type)
    return types
  })()
  const lease = await take(api)
  await write(api, lease, 'hi\n')
  await finish(api, lease, 3)
  assert.deepEqual(await following, ['state', 'state', 'state', 'output', 'stage', 'finished'])
  const run = await client.runs.get(submitted.id)
  assert.equal(run.stages[0]?.stdout.content, 'hi\n')
  assert.deepEqual(
    (await client.runs.list()).runs.map(({ id }) => id),
    [submitted.id],
  )
  await client.runs.delete(submitted.id)
  await assert.rejects(client.runs.get(submitted.id), { name: 'RunItError', status: 404 })
})

test('a reply without a body has none', async context => {
  const { app } = await exampleApi(context)
  const call = inProcessFetch(app)
  const head = await call('http://x/v1/runs', { method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.equal(head.body, null)
})

test('aborting ends a call that waits, on both sides', async context => {
  let waiting = 0
  const api = await exampleApi(context, { hints: counted(count => (waiting += count)) })
  const aborting = new AbortController()
  const headers = { prefer: 'wait=60', 'content-type': 'application/json' }
  const call = inProcessFetch(api.app)('http://x/v1/runs', {
    method: 'POST',
    headers,
    body: JSON.stringify(submission),
    signal: aborting.signal,
  })
  await waitFor('the server to wait', () => waiting === 1)
  aborting.abort(new Error('enough'))
  await assert.rejects(call, /enough/)
  await waitFor('the server to give up', () => waiting === 0)
  await assert.rejects(inProcessFetch(api.app)('http://x/', { signal: aborting.signal }), /enough/)
})

test('aborting, or canceling the body, ends a stream on both sides', async context => {
  let following = 0
  const api = await exampleApi(context, { hints: counted(count => (following += count)) })
  const call = inProcessFetch(api.app)
  const headers = { 'content-type': 'application/json' }
  const reply = await call('http://x/v1/runs', { method: 'POST', headers, body: JSON.stringify(submission) })
  const url = `http://x${reply.headers.get('location')}/events`

  const aborting = new AbortController()
  const aborted = (await call(url, { signal: aborting.signal })).body?.getReader()
  await aborted?.read()
  assert.ok(following > 0)
  aborting.abort()
  await waitFor('the aborted follower to be forgotten', () => following === 0)

  const canceled = (await call(url)).body?.getReader()
  await canceled?.read()
  assert.ok(following > 0)
  await canceled?.cancel()
  await waitFor('the canceled follower to be forgotten', () => following === 0)
})

function counted(count: (change: 1 | -1) => void): NonNullable<NonNullable<Parameters<typeof exampleApi>[1]>['hints']> {
  return inner => ({
    subscribe(topic, listener) {
      count(1)
      const stop = inner.subscribe(topic, listener)
      return () => {
        count(-1)
        stop()
      }
    },
  })
}
