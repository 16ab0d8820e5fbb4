import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { listeningApi } from '../../test/support/terminal-client.ts'
import { waitFor } from '../../test/support/wait-for.ts'

/** More than the kernel takes for somebody who does not read. */
const body = Buffer.alloc(8 * 1024 ** 2, 'x')

const run = '/v1/runs/01JD0000000000000000000000/terminal'
const handshake = `Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13`
const starts = {
  'a handshake of another method': `POST ${run} HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}`,
  'a handshake without a key for a run that is not there': `GET ${run} HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}`,
  'a whole handshake for a run that is not there': `GET ${run} HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==`,
  'a handshake that posts a run': `POST /v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}\r\nContent-Type: application/json`,
  'a handshake without a key where nothing is': `GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}`,
  'no HTTP': 'GET / nonsense',
}

for (const [name, start] of Object.entries(starts)) {
  test(`${name} that goes on sending is answered, let go, and does not hold up the end of the server`, async context => {
    const { app, address } = await listeningApi(context)
    const { hostname, port } = new URL(address)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    context.after(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(`${start}\r\nContent-Length: ${body.length}\r\n\r\n`)
    // Not ended, and not read to its end: such a client holds its side open for as long as it likes.
    socket.write(body)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 4\d\d .*application\/problem\+json/s)
    await app.close()
  })
}

/** Each is refused before any route is asked, or has no terminal, or asks for something else. */
const declined = {
  'an id that is none': `GET /v1/runs/%ff/terminal HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}`,
  'an id that is too long': `GET /v1/runs/${'0'.repeat(300)}/terminal HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}`,
  'an address that is none': `POST /v1/environments/%/pull HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}`,
  'another method': `POST ${run} HTTP/1.1\r\nHost: 127.0.0.1\r\n${handshake}`,
  'another protocol': 'GET /v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: upgrade\r\nUpgrade: h2c',
}

for (const [name, start] of Object.entries(declined)) {
  for (const size of [0, 300_000]) {
    test(`an upgrade for ${name}, with a body of ${size} bytes, is answered, and is the last of its connection`, async context => {
      const { address } = await listeningApi(context)
      const { hostname, port } = new URL(address)
      const socket = connect({ host: hostname, port: Number(port) })
      context.after(() => socket.destroy())
      let heard = ''
      socket.on('data', chunk => {
        heard += chunk
      })
      const ended = once(socket, 'end')
      socket.write(`${start}\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`)
      await waitFor('the answer', () => /^HTTP\/1\.1 [24]\d\d .*\r\n\r\n/s.test(heard))
      assert.match(heard, /\r\nconnection: close\r\n/i)
      await ended
    })
  }
}
