import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunInput } from '../../src/run/terminal.ts'
import { CollectedOutput } from './collected-output.ts'
import { exited, type PlatformFixture } from './platform-fixture.ts'

const timeout = 60_000
const size = { columns: 91, rows: 17 }

/** What somebody does at a keyboard, in the suite's own time. Its end comes with `end`, or with the stage's. */
class Keyboard {
  readonly #events: RunInput[] = []
  #wake = () => {}
  isOver = false

  push(event: RunInput): void {
    this.#events.push(event)
    this.#wake()
  }

  type(text: string): void {
    this.push({ type: 'stdin', bytes: Buffer.from(text) })
  }

  readonly input = async function* (this: Keyboard, signal: AbortSignal): AsyncGenerator<RunInput> {
    signal.addEventListener('abort', () => {
      this.isOver = true
      this.#wake()
    })
    while (!signal.aborted) {
      const event = this.#events.shift()
      if (event !== undefined) yield event
      else await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }.bind(this)
}

export function interactionTests(get: () => PlatformFixture): void {
  test('a program can be answered while it runs', { timeout }, async () => {
    const [output, keyboard] = [new CollectedOutput(), new Keyboard()]
    const running = get().run('ask', { output, input: keyboard.input })
    await output.until('stdout', 'Name? ')
    keyboard.type('Ada\n')
    const { exit } = await running
    assert.deepEqual(exit.outcome, exited(0))
    assert.equal(output.text('stdout'), 'Name? Hello, Ada!\n')
    assert.ok(keyboard.isOver)
  })

  test('what is typed comes after stdin, up to its end', { timeout }, async () => {
    const [output, keyboard] = [new CollectedOutput(), new Keyboard()]
    const running = get().run('echoStdin', { output, stdin: Buffer.from('first '), input: keyboard.input })
    keyboard.type('second')
    keyboard.push({ type: 'end' })
    keyboard.type('never')
    const { exit } = await running
    assert.deepEqual(exit.outcome, exited(0))
    assert.equal(output.text('stdout'), 'first second')
  })

  test('the end of what is typed is the end of the input', { timeout }, async () => {
    const input = async function* (): AsyncGenerator<RunInput> {
      yield { type: 'stdin', bytes: Buffer.alloc(300_000, 'x') }
    }
    const { exit, output } = await get().run('echoStdin', { input })
    assert.deepEqual(exit.outcome, exited(0))
    assert.equal(output.bytes('stdout').length, 300_000)
  })

  test('a signal comes through to a program that reads nothing', { timeout }, async () => {
    const [output, keyboard] = [new CollectedOutput(), new Keyboard()]
    const running = get().run('showTerminal', { output, input: keyboard.input })
    await output.until('stdout', 'none\n')
    keyboard.push({ type: 'stdin', bytes: Buffer.alloc(100_000, 'x') })
    keyboard.push({ type: 'signal', signal: 'SIGINT' })
    assert.deepEqual((await running).exit.outcome, exited(0))
    assert.match(output.text('stdout'), /^none\ninterrupted\r?\n$/)
  })

  test('a terminal has a size, which can change, and a key that interrupts', { timeout }, async () => {
    const [output, keyboard] = [new CollectedOutput(), new Keyboard()]
    const running = get().run('showTerminal', { output, terminal: size, input: keyboard.input })
    await output.until('stdout', '91x17\r\n')
    keyboard.push({ type: 'resize', size: { columns: 40, rows: 7 } })
    await output.until('stdout', '40x7\r\n')
    keyboard.type('\x03')
    const { exit } = await running
    assert.deepEqual(exit.outcome, exited(0))
    assert.match(output.text('stdout'), /interrupted\r\n$/)
    assert.equal(output.text('stderr'), '')
  })

  test('a question on a terminal is answered there', { timeout }, async () => {
    const [output, keyboard] = [new CollectedOutput(), new Keyboard()]
    const running = get().run('ask', { output, terminal: size, input: keyboard.input })
    await output.until('stdout', 'Name? ')
    keyboard.type('Ada\r')
    await running
    assert.match(output.text('stdout'), /^Name\? Ada\r\nHello, Ada!\r?\n$/)
  })

  test('a cancel ends a program that waits for input', { timeout }, async () => {
    const [output, keyboard] = [new CollectedOutput(), new Keyboard()]
    const cancel = new AbortController()
    const running = get().run('ask', { output, input: keyboard.input, signal: cancel.signal })
    await output.until('stdout', 'Name? ')
    cancel.abort()
    assert.deepEqual((await running).exit.outcome, { kind: 'canceled' })
    assert.ok(keyboard.isOver)
  })
}
