import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { type OpenWebSocket, RunItClient, type Terminal } from '@run-it/sdk'
import { Keyboard } from './keyboard.ts'
import { testContext } from './test-context.ts'

/** A terminal whose server only listens. */
async function openTerminal(said: string[]): Promise<Terminal> {
  const webSocket: OpenWebSocket = () => {
    const socket = Object.assign(new EventTarget(), {
      bufferedAmount: 0,
      close() {},
      send(text: string) {
        const { type, content, columns } = JSON.parse(text)
        said.push(content ?? (columns ? `${type} ${columns}` : type))
      },
    })
    setImmediate(() => socket.dispatchEvent(new Event('open')))
    return socket
  }
  return await new RunItClient({ fetch: () => Promise.resolve(Response.json({})), webSocket }).runs.terminal('a-run')
}

async function prepare(isRaw: boolean) {
  const said: string[] = []
  const modes: boolean[] = []
  let escapes = 0
  const stdin = Object.assign(new PassThrough(), { isTTY: isRaw, setRawMode: (mode: boolean) => void modes.push(mode) })
  const context = { ...testContext({ argv: [], isTerminal: isRaw }), stdin }
  Object.assign(context.stdout, { rows: 24 })
  const onEscape = () => {
    escapes += 1
  }
  const keyboard = new Keyboard(context, { isRaw, escapeText: 'leaves', onEscape })
  const type = async (text: string) => {
    stdin.write(text)
    await settle()
  }
  return { keyboard, terminal: await openTerminal(said), context, stdin, said, modes, type, escapes: () => escapes }
}

/** All that is under way in this process is done. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise(resolve => setImmediate(resolve))
}

test('a terminal is raw from when the program has begun and we write, and is given back', async () => {
  const { keyboard, terminal, context, stdin, said, modes, type } = await prepare(true)
  await type('early')
  keyboard.start(terminal)
  await settle()
  assert.deepEqual([said, modes], [[], []])
  keyboard.take('writer')
  await settle()
  assert.deepEqual(said, ['resize 80', 'early'])
  assert.deepEqual(modes, [true])
  assert.match(context.written.stderrText, /Ctrl-\] three times leaves/)
  Object.assign(context.stdout, { columns: 40 })
  context.stdout.emit('resize')
  assert.deepEqual(said.slice(2), ['resize 40'])
  keyboard[Symbol.dispose]()
  assert.deepEqual(modes, [true, false])
  assert.ok(stdin.destroyed)
  assert.equal(context.stdout.listenerCount('resize'), 0)
})

test('a keyboard that was never used leaves the terminal as it is', async () => {
  const { keyboard, terminal, modes, stdin } = await prepare(true)
  keyboard.take('watcher')
  keyboard.start(terminal)
  keyboard[Symbol.dispose]()
  assert.deepEqual(modes, [])
  assert.ok(!stdin.destroyed)
})

test('three times Ctrl-] in a row leads out, however it comes, and any other key between begins anew', async () => {
  const { keyboard, terminal, type, escapes } = await prepare(true)
  keyboard.take('writer')
  keyboard.start(terminal)
  await type('\x1d\x1dx\x1d\x1d')
  assert.equal(escapes(), 0)
  await type('\x1d')
  assert.equal(escapes(), 1)
  keyboard[Symbol.dispose]()
})

test('keys that are typed while another client writes are for nobody, except those that lead out', async () => {
  const { keyboard, terminal, said, type, escapes } = await prepare(true)
  keyboard.take('writer')
  keyboard.start(terminal)
  keyboard.take('watcher')
  await type('lost\x1d\x1d\x1d')
  assert.equal(escapes(), 1)
  keyboard.take('writer')
  await type('kept')
  assert.deepEqual(said, ['resize 80', 'resize 80', 'kept'])
  keyboard[Symbol.dispose]()
})

test('a pipe waits while another client writes, loses nothing, and its end is told after all that came before', async () => {
  const { keyboard, terminal, said, modes, stdin, type } = await prepare(false)
  keyboard.start(terminal)
  keyboard.take('writer')
  await type('one')
  keyboard.take('watcher')
  await type('two\x1d\x1d\x1d')
  assert.deepEqual(said, ['one'])
  keyboard.take('writer')
  stdin.end()
  await settle()
  assert.deepEqual(said, ['one', 'two\x1d\x1d\x1d', 'end'])
  assert.deepEqual(modes, [])
  keyboard[Symbol.dispose]()
})
