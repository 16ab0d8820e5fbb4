import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { ServerSentEventParser } from '../../../sdk/src/sse.ts'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { type ExampleApi, exampleApi, finish, post, take, write } from '../../../test/support/example-api.ts'
import { waitFor } from '../../../test/support/wait-for.ts'

async function open(api: ExampleApi, id: string, lastEventId?: number): Promise<Readable> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
  const reply = await api.app.inject({ url: `/v1/runs/${id}/events`, headers, payloadAsStream: true })
  assert.equal(reply.statusCode, 200)
  assert.match(String(reply.headers['content-type']), /^text\/event-stream/)
  assert.equal(reply.headers['cache-control'], 'no-store')
  return reply.stream()
}

async function* eventsOf(stream: Readable) {
  const parser = new ServerSentEventParser()
  for await (const chunk of stream) {
    for (const { event, data, id } of parser.push(String(chunk))) {
      const json = JSON.parse(data)
      assertShape('RunEvent', json)
      assert.equal(json.type, event)
      assert.equal(json.sequence, Number(id))
      yield json
    }
  }
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

test('a follower sees what was and what comes, and the stream ends after the finished event', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const events = eventsOf(await open(api, id))
  assert.equal((await events.next()).value.state, 'queued')
  const lease = await take(api)
  assert.equal((await events.next()).value.state, 'preparing')
  assert.equal((await events.next()).value.state, 'running')
  await write(api, lease, 'hi\n')
  const output = (await events.next()).value
  assert.deepEqual([output.stage, output.stream, output.content, output.encoding], ['run', 'stdout', 'hi\n', 'utf8'])
  await finish(api, lease, 3)
  assert.equal((await events.next()).value.stage.stdout.bytes, 3)
  const finished = (await events.next()).value
  assert.equal(finished.type, 'finished')
  assert.deepEqual(finished.run.outcome, { kind: 'exited', code: 0 })
  assert.equal((await events.next()).done, true)
})

test('a follower resumes after the last event that it saw, over more than one page', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const lease = await take(api)
  for (let count = 0; count < 100; count++) await write(api, lease, `${count}\n`)
  await finish(api, lease, 290)
  const all = await collect(eventsOf(await open(api, id)))
  assert.deepEqual(
    all.map(event => event.sequence),
    Array.from({ length: all.length }, (_, index) => index + 1),
  )
  assert.equal(all.length, 105)
  const rest = await collect(eventsOf(await open(api, id, 50)))
  assert.deepEqual(rest, all.slice(50))
})

test('a follower that has seen the end is told not to come back', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  await finish(api, await take(api), 0)
  const last = (await collect(eventsOf(await open(api, id)))).at(-1)
  const headers = { 'last-event-id': String(last.sequence) }
  const reply = await api.app.inject({ url: `/v1/runs/${id}/events`, headers })
  assert.equal(reply.statusCode, 204)
})

test('a last event id that is none is refused', async context => {
  const { app } = await exampleApi(context)
  const id = await post(app)
  const reply = await app.inject({ url: `/v1/runs/${id}/events`, headers: { 'last-event-id': 'x' } })
  assertProblem(reply, 400, 'invalid-request')
})

test('nothing goes on for a follower that went away', async context => {
  let followers = 0
  const api = await exampleApi(context, {
    hints: inner => ({
      subscribe(topic, listener) {
        followers++
        const stop = inner.subscribe(topic, listener)
        return () => {
          followers--
          stop()
        }
      },
    }),
  })
  const id = await post(api.app)
  const url = new URL(`/v1/runs/${id}/events`, await api.app.listen({ port: 0, host: '127.0.0.1' }))
  const connection = new AbortController()
  const reply = await fetch(url, { signal: connection.signal })
  await reply.body?.getReader().read()
  assert.ok(followers > 0)
  connection.abort()
  await waitFor('the follower to be forgotten', () => followers === 0)
})

test('a follower that does not read is not read ahead for', async context => {
  let bytesRead = 0
  const api = await exampleApi(context, {
    events: inner => ({
      read: (id, page) => inner.read(id, page),
      async page(id, page) {
        const found = await inner.page(id, page)
        for (const event of found.events) bytesRead += event.type === 'output' ? event.bytes.length : 0
        return found
      },
      output: (id, select) => inner.output(id, select),
    }),
  })
  const id = await post(api.app)
  const lease = await take(api)
  const chunk = Buffer.alloc(64 * 1024, 'x')
  for (let count = 0; count < 320; count++) await write(api, lease, chunk)
  await finish(api, lease, 0)
  const stream = await open(api, id)
  if (stream.readableLength === 0) await once(stream, 'readable')
  await api.app.inject('/health/live')
  assert.ok(bytesRead <= 4 * chunk.length, `${bytesRead} bytes were read`)
  let bytes = 0
  for await (const part of stream) bytes += part.length
  assert.ok(bytes > 320 * chunk.length)
  assert.equal(bytesRead, 320 * chunk.length)
})

test('closing the server ends the streams', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const events = eventsOf(await open(api, id))
  await events.next()
  await api.app.close()
  assert.equal((await events.next()).done, true)
})

test('a stream ends when its run is deleted', async context => {
  const api = await exampleApi(context)
  const id = await post(api.app)
  const events = eventsOf(await open(api, id, 1000))
  await finish(api, await take(api), 0)
  assert.ok(await api.lifecycle.remove(id))
  assert.equal((await events.next()).done, true)
})
