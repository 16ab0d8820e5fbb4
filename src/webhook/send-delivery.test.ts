import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { Receiver } from '../../test/support/receiver.ts'
import { sendDelivery } from './send-delivery.ts'

const headers = { 'content-type': 'application/json', 'webhook-id': 'msg_1' }

function send(url: string, options: { addresses?: string[]; signal?: AbortSignal; body?: string } = {}) {
  const { addresses = ['127.0.0.1'], signal = AbortSignal.timeout(10_000), body = '{"a":"ü"}' } = options
  return sendDelivery({ url: new URL(url), headers, body, addresses }, signal)
}

test('the body arrives as it is, with its headers', async () => {
  await using receiver = await Receiver.start()
  assert.deepEqual(await send(receiver.url), { status: 204 })
  const [received] = receiver.received
  assert.deepEqual([received?.path, received?.body], ['/hook', '{"a":"ü"}'])
  assert.equal(received?.headers['webhook-id'], 'msg_1')
  assert.equal(received?.headers['content-length'], '10')
})

test('connected is to the address that was checked, whatever the name says by now, and the name goes along', async () => {
  await using receiver = await Receiver.start()
  // Nobody can resolve this name: that the request arrives shows that nobody was asked.
  assert.deepEqual(await send(`http://rebind.invalid:${receiver.port}/`), { status: 204 })
  assert.equal(receiver.received[0]?.headers.host, `rebind.invalid:${receiver.port}`)
  await assert.rejects(send(`http://rebind.invalid:${receiver.port}/`, { addresses: [] }))
})

test('a name that leads to several addresses is tried on each', async () => {
  await using receiver = await Receiver.start()
  const url = `http://several.invalid:${receiver.port}/`
  assert.deepEqual(await send(url, { addresses: ['127.0.0.77', '127.0.0.1'] }), { status: 204 })
})

test('a redirect is an answer, and not followed', async () => {
  await using other = await Receiver.start()
  await using receiver = await Receiver.start()
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer = (_request, response) => void response.writeHead(status, { location: other.url }).end()
    assert.deepEqual(await send(receiver.url), { status })
  }
  assert.equal(other.received.length, 0)
})

test('a receiver says when to come back', async () => {
  await using receiver = await Receiver.start()
  const answers = [
    ['7', 7],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['-1', undefined],
  ] as const
  for (const [header, retryAfterSeconds] of answers) {
    receiver.answer = (_request, response) => void response.writeHead(503, { 'retry-after': header }).end()
    assert.equal((await send(receiver.url)).retryAfterSeconds, retryAfterSeconds)
  }
})

test('an answer without an end is an answer, and not read on', { timeout: 20_000 }, async () => {
  await using receiver = await Receiver.start()
  const gone = Promise.withResolvers<void>()
  receiver.answer = (_request, response) => {
    response.writeHead(200)
    response.on('close', gone.resolve)
    const more = () => void (response.destroyed || response.write(Buffer.alloc(64 * 1024), more))
    more()
  }
  assert.deepEqual(await send(receiver.url), { status: 200 })
  await gone.promise
})

test('who does not answer, answers nonsense, too much or an upgrade, is an error', { timeout: 20_000 }, async () => {
  await using receiver = await Receiver.start()
  const stop = new AbortController()
  receiver.answer = () => stop.abort()
  await assert.rejects(send(receiver.url, { signal: stop.signal }), { name: 'AbortError' })
  const answers = ['', 'nonsense\r\n\r\n', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, upgrade]
  for (const answer of answers) {
    const server = createServer(socket => void socket.on('error', () => {}).once('data', () => socket.end(answer)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await assert.rejects(send(`http://127.0.0.1:${port}/`), JSON.stringify(answer.slice(0, 20)))
    server.close()
  }
  await assert.rejects(send('http://127.0.0.1:1/'), { code: 'ECONNREFUSED' })
})

const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'
