import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { type ExampleApi, exampleApi, finish, post, take, write } from '../../test/support/example-api.ts'
import type { ApiParts } from './api-parts.ts'

type Page = ApiParts['events']['page']

/** An API whose reads of pages go through `read`. */
function watched(context: TestContext, read: (inner: Page) => Page): Promise<ExampleApi> {
  return exampleApi(context, {
    events: inner => ({
      read: (id, page) => inner.read(id, page),
      page: read((id, page) => inner.page(id, page)),
      output: (id, select) => inner.output(id, select),
    }),
  })
}

async function follow(api: ExampleApi, id: string, after = 0): Promise<Readable> {
  const headers = { 'last-event-id': String(after) }
  const reply = await api.app.inject({ url: `/v1/runs/${id}/events`, headers, payloadAsStream: true })
  return reply.stream()
}

/** All of it, without what only says that the connection is there. */
async function textOf(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text.replace('retry: 1000\n\n', '')
}

test('many followers of one run see the same, and it is read and written as text once', async context => {
  let reads = 0
  const api = await watched(context, inner => (id, page) => {
    reads += 1
    return inner(id, page)
  })
  const id = await post(api.app)
  const streams = await Promise.all(Array.from({ length: 50 }, () => follow(api, id)))
  const texts = streams.map(textOf)
  const lease = await take(api)
  for (let count = 0; count < 100; count += 1) await write(api, lease, `${count}\n`)
  await finish(api, lease, 290)
  const [first, ...others] = await Promise.all(texts)
  assert.equal(first?.match(/^id: /gm)?.length, 105)
  for (const other of others) assert.equal(other, first)
  // One follower alone would need about as many.
  assert.ok(reads < 150, `${reads} reads`)
})

test('followers who come later and begin elsewhere share pages too', async context => {
  let reads = 0
  const api = await watched(context, inner => (id, page) => {
    reads += 1
    return inner(id, page)
  })
  const id = await post(api.app)
  const lease = await take(api)
  for (let count = 0; count < 640; count += 1) await write(api, lease, `${count}\n`)
  await finish(api, lease, 0)
  const whole = (await textOf(await follow(api, id))).split(/(?=^id: )/m)
  const readsOfOne = reads
  for (let after = 1; after < 60; after += 1) {
    assert.deepEqual((await textOf(await follow(api, id, after))).split(/(?=^id: )/m), whole.slice(after))
  }
  // For each the page at which it began, and the last one, which is not kept.
  assert.ok(reads - readsOfOne <= 2 * 59, `${reads - readsOfOne} reads`)
})

test('what is written while another follower looks is seen at once, not only at the next poll', async context => {
  const gate = { isOn: false, entered: Promise.withResolvers<void>(), open: Promise.withResolvers<void>() }
  const api = await watched(context, inner => async (id, page) => {
    const found = await inner(id, page)
    if (gate.isOn) {
      gate.isOn = false
      gate.entered.resolve()
      await gate.open.promise
    }
    return found
  })
  const id = await post(api.app)
  const lease = await take(api)
  // Nobody polls: hints alone must do.
  context.mock.timers.enable({ apis: ['setTimeout'] })
  gate.isOn = true
  const first = await follow(api, id, 3)
  const firstText = nextEvent(first)
  await gate.entered.promise
  // The first one has found nothing, and does not know it yet.
  await write(api, lease, 'meanwhile')
  const second = await follow(api, id, 3)
  const secondText = nextEvent(second)
  assert.match(await secondText, /meanwhile/)
  gate.open.resolve()
  assert.match(await firstText, /meanwhile/)
  context.mock.timers.reset()
  await finish(api, lease, 9)
})

test('a stream where nothing happens says so now and then, so that no proxy takes it for dead', async context => {
  let nowMs = performance.now()
  context.mock.method(performance, 'now', () => nowMs)
  const api = await exampleApi(context)
  const id = await post(api.app)
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const stream = await follow(api, id, 1)
  let text = ''
  stream.on('data', chunk => {
    text += String(chunk)
  })
  for (let second = 0; second < 40; second += 1) {
    nowMs += 1_000
    context.mock.timers.tick(1_000)
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
  }
  assert.equal(text.match(/^: heartbeat$/gm)?.length, 2)
  context.mock.timers.reset()
})

async function nextEvent(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.includes('id: ')) return text
  }
  return text
}
