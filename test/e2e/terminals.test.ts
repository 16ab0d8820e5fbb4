import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { decodeBytes } from '../../sdk/src/bytes.ts'
import type { Terminal } from '../../sdk/src/terminal.ts'
import { driveTerminal } from '../support/drive-terminal.ts'
import { TestServer } from '../support/server.ts'

/** Asks for a name, tells its terminal's size and each new one, and is interrupted. */
const program = `
import os, signal, time
def show(*_): print("size", *os.get_terminal_size(), flush=True)
print("Hello,", input("Name? "))
signal.signal(signal.SIGWINCH, show)
try:
    show()
    while True: time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
    raise SystemExit(7)
`

/** Reads on until the text was seen after what was seen before. */
class Screen {
  readonly #events: AsyncIterator<unknown>
  text = ''
  code: number | undefined
  #at = 0

  constructor(terminal: Terminal) {
    this.#events = terminal[Symbol.asyncIterator]()
  }

  async until(wanted: string): Promise<void> {
    while (!this.text.includes(wanted, this.#at)) {
      const { done, value } = (await this.#events.next()) as IteratorResult<
        Parameters<typeof decodeBytes>[0] & { type: string; run?: { outcome?: { code?: number } } }
      >
      assert.ok(!done, `no ${wanted} in ${JSON.stringify(this.text)}`)
      if (value.type === 'output') this.text += Buffer.from(decodeBytes(value)).toString()
      if (value.type === 'finished') {
        this.code = value.run?.outcome?.code
        if (wanted === 'finished') return
      }
    }
    this.#at = this.text.indexOf(wanted, this.#at) + wanted.length
  }
}

suite('terminals', () => {
  let server: TestServer
  let folder: string
  before(async () => {
    server = await TestServer.start()
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    await writeFile(join(folder, 'ask.py'), program)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test('over the WebSocket a program is answered, resized and interrupted, and a second client watches', async () => {
    const { runs } = server.client
    const run = await runs.submit({ environment: 'python', source: program, tty: { columns: 91, rows: 17 } })
    const terminal = await runs.terminal(run.id)
    const watching = await runs.terminal(run.id, { watch: true })
    const [screen, other] = [new Screen(terminal), new Screen(watching)]
    await screen.until('Name? ')
    assert.equal(terminal.role, 'writer')
    await terminal.write('Ada\r')
    await screen.until('Hello, Ada')
    await screen.until('size 91 17')
    terminal.resize(40, 7)
    await screen.until('size 40 7')
    await terminal.write('\x03')
    await screen.until('interrupted')
    await screen.until('finished')
    await other.until('finished')
    assert.equal(screen.code, 7)
    assert.equal(other.text, screen.text)
    assert.equal(watching.role, 'watcher')
  })

  test('without a terminal a program is answered, and its input ends', async () => {
    const { runs } = server.client
    const source = 'import sys\nprint("ready", flush=True)\nprint(sys.stdin.read().upper())'
    const run = await runs.submit({ environment: 'python', source, stdin: 'first ', interactive: true })
    const terminal = await runs.terminal(run.id)
    const screen = new Screen(terminal)
    await screen.until('ready')
    await terminal.write('second')
    terminal.end()
    await screen.until('FIRST SECOND')
    await screen.until('finished')
    assert.equal(screen.code, 0)
  })

  for (const [name, extra] of [
    ['an engine of its own', () => []],
    ['a server', () => ['--server', server.url]],
  ] as const) {
    test(`the command line with ${name} feels like a terminal, and gives it back`, async () => {
      const { seen, code, isRaw, isGivenBack } = await driveTerminal(
        ['run', '-i', join(folder, 'ask.py'), ...extra()],
        [
          { see: 'Name? ', type: 'Ada\r' },
          { see: 'size 91 17', size: [40, 7] },
          { see: 'size 40 7', type: '\x03' },
        ],
      )
      assert.match(seen, /Name\? Ada\r\nHello, Ada\r\nsize 91 17\r\nsize 40 7\r\n\^Cinterrupted\r\n/)
      assert.equal(code, 7)
      assert.ok(isRaw)
      assert.ok(isGivenBack)
    })
  }

  test('Ctrl-] three times leads out of a program that takes all keys', async () => {
    const stubborn = 'import os, tty\ntty.setraw(0)\nprint("stuck", flush=True)\nwhile True: os.read(0, 1)'
    await writeFile(join(folder, 'stubborn.py'), stubborn)
    const steps = [{ see: 'stuck', type: '\x03\x1d\x1d\x1d' }]
    const args = ['run', '-i', join(folder, 'stubborn.py'), '--server', server.url]
    const { code, isGivenBack } = await driveTerminal(args, steps)
    assert.equal(code, 130)
    assert.ok(isGivenBack)
  })

  test('a SIGTERM to the command line ends the run, and gives the terminal back', async () => {
    const args = ['run', '-i', join(folder, 'ask.py'), '--server', server.url]
    const { code, isRaw, isGivenBack } = await driveTerminal(args, [{ see: 'Name? ', signal: 'SIGTERM' }])
    assert.equal(code, 130)
    assert.ok(isRaw)
    assert.ok(isGivenBack)
  })

  test('when the server dies the terminal is given back, and the run is told where to be found', async () => {
    const dataDirectory = join(folder, 'data')
    await using dying = await TestServer.start({ dataDirectory })
    const args = ['run', '-i', join(folder, 'ask.py'), '--server', dying.url]
    const steps = [{ see: 'Name? ', signal: 'SIGKILL', pid: dying.pid }] as const
    const { seen, code, isRaw, isGivenBack } = await driveTerminal(args, steps)
    assert.equal(code, 69)
    assert.match(seen, /run-it: the run goes on without us; see it with: run-it logs --follow /)
    assert.ok(isRaw)
    assert.ok(isGivenBack)
    // It takes away the sandbox that the dead one left.
    await using heir = await TestServer.start({ dataDirectory })
    const [run] = (await heir.client.runs.list()).runs
    assert.ok(run)
    await heir.client.runs.wait(run.id, { signal: AbortSignal.timeout(60_000) })
  })
})
