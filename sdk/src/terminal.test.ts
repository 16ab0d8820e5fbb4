import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunItClient } from './client.ts'
import { RunItConnectionError } from './error.ts'
import type { Terminal, TerminalOptions } from './terminal.ts'
import type { TerminalMessage, TerminalNotice } from './terminal-messages.ts'
import type { RunEvent } from './types.ts'
import type { WebSocketLike } from './web-socket.ts'

type Heard = Partial<RunEvent> | TerminalNotice

/** The server's end of a connection. */
class FakeSocket extends EventTarget implements WebSocketLike {
  bufferedAmount = 0
  isClosed = false
  readonly said: TerminalMessage[] = []

  send(text: string): void {
    this.said.push(JSON.parse(text))
  }

  close(): void {
    this.isClosed = true
  }

  happen(type: string, parts: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), parts))
  }

  tell(...messages: readonly Heard[]): void {
    for (const message of messages) this.happen('message', { data: JSON.stringify(message) })
  }
}

/** The run is there. */
const findRun = () => Promise.resolve(Response.json({}))

interface Connected {
  readonly socket: FakeSocket
  readonly terminal: Terminal
  readonly url: string
}

async function connect(options: TerminalOptions = {}): Promise<Connected> {
  const socket = new FakeSocket()
  let url = ''
  const client = new RunItClient({
    baseUrl: 'http://run-it.invalid',
    fetch: findRun,
    webSocket(address) {
      url = address
      setImmediate(() => socket.happen('open'))
      return socket
    },
  })
  return { socket, terminal: await client.runs.terminal('a-run', options), url }
}

async function typesOf(terminal: Terminal): Promise<readonly string[]> {
  const types: string[] = []
  for await (const { type } of terminal) types.push(type)
  return types
}

test('a terminal gives the events up to the end of the run, and tells the rest apart', async () => {
  const heard: unknown[] = []
  const onRole = (role: string) => void heard.push(role)
  const onError = ({ code }: { readonly code: string }) => void heard.push(code)
  const { socket, terminal, url } = await connect({ watch: true, after: 3, onRole, onError })
  assert.equal(url, 'ws://run-it.invalid/v1/runs/a-run/terminal?watch=true&after=3')
  assert.equal(terminal.role, undefined)
  socket.tell({ type: 'role', role: 'watcher' }, { type: 'state', state: 'running' })
  socket.tell({ type: 'error', code: 'not-writer', detail: '' }, { type: 'finished' }, { type: 'output' })
  assert.deepEqual(await typesOf(terminal), ['state', 'finished'])
  assert.deepEqual(heard, ['watcher', 'not-writer'])
  assert.equal(terminal.role, 'watcher')
  assert.ok(socket.isClosed)
})

test('what is typed goes out in pieces that a message holds, and bytes that are no text stay what they are', async () => {
  const { socket, terminal } = await connect()
  await terminal.write('grüße\r')
  await terminal.write(Uint8Array.of(255))
  terminal.resize(7, 3)
  terminal.signal('SIGINT')
  terminal.end()
  assert.deepEqual(
    socket.said.map(message => ('content' in message ? message.content : message.type)),
    ['grüße\r', '/w==', 'resize', 'signal', 'end'],
  )
  socket.said.length = 0
  const long = 'x'.repeat(20_000)
  await terminal.write(long)
  assert.ok(socket.said.length > 1)
  assert.equal(socket.said.map(message => ('content' in message ? message.content : '')).join(''), long)
})

test('a write waits while much waits in the socket already', async () => {
  const { socket, terminal } = await connect()
  socket.bufferedAmount = 1024 * 1024
  const written = terminal.write('later')
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(socket.said, [])
  socket.bufferedAmount = 0
  await written
  assert.equal(socket.said.length, 1)
})

test('a connection that breaks ends the events with an error, and what is typed then is for nobody', async () => {
  const { socket, terminal } = await connect()
  socket.tell({ type: 'output' })
  const types = typesOf(terminal)
  socket.happen('close', { code: 1012, reason: 'the server is shutting down' })
  await assert.rejects(types, (error: unknown) => {
    assert.ok(error instanceof RunItConnectionError)
    assert.match(error.message, /was lost: the server is shutting down$/)
    return true
  })
  socket.bufferedAmount = 1024 * 1024
  await terminal.write('too late')
  assert.deepEqual(socket.said, [])
})

test('closing it here ends the events without an error, and aborting it with the reason', async () => {
  const { terminal } = await connect()
  const types = typesOf(terminal)
  terminal.close()
  assert.deepEqual(await types, [])
  const abort = new AbortController()
  const other = await connect({ signal: abort.signal })
  const ended = typesOf(other.terminal)
  abort.abort(new Error('enough'))
  await assert.rejects(ended, /^Error: enough$/)
  assert.ok(other.socket.isClosed)
})

test('a connection that is refused is an error of its own', async () => {
  const socket = new FakeSocket()
  const webSocket = () => {
    setImmediate(() => socket.happen('error'))
    return socket
  }
  const client = new RunItClient({ baseUrl: 'http://run-it.invalid', fetch: findRun, webSocket })
  await assert.rejects(client.runs.terminal('a-run'), RunItConnectionError)
})
