import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { driveTerminal } from '../support/drive-terminal.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

const launcher = fileURLToPath(new URL('../../run-it', import.meta.url))
const greeting = 'print("Hello,", input("Name? "))\nraise SystemExit(5)'

/** Without a terminal: stdin is a pipe that holds the text. */
async function pipe(args: readonly string[], input = '') {
  const child = spawn(launcher, args, { stdio: 'pipe' })
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { stdout, stderr, code }
}

suite('attach, and interactive runs without a terminal', () => {
  let server: TestServer
  let folder: string
  before(async () => {
    server = await TestServer.start()
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    await writeFile(join(folder, 'hello.py'), greeting)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const attach = (...args: readonly string[]) => ['attach', ...args, '--server', server.url]

  test('in a terminal attach types into a run, a second one sees the same, and both end as the program', async () => {
    const { runs } = server.client
    const { id } = await runs.submit({ environment: 'python', source: greeting, tty: true })
    const watching = driveTerminal(attach('--watch', id))
    await waitFor('the question', async () => Buffer.from(await runs.stdout(id)).includes('Name? '))
    const writer = await driveTerminal(attach(id), [{ see: 'Name? ', type: 'Ada\r' }])
    const watcher = await watching
    assert.match(writer.seen, /Ctrl-\] three times leaves the run alone\r\nName\? Ada\r\nHello, Ada\r\n$/)
    assert.ok(writer.isRaw)
    assert.match(watcher.seen, /^Name\? Ada\r+\nHello, Ada\r+\n$/)
    for (const { code, isGivenBack } of [writer, watcher]) {
      assert.equal(code, 5)
      assert.ok(isGivenBack)
    }
  })

  test('Ctrl-] three times leaves the run alone, and whoever comes then writes', async () => {
    const { id } = await server.client.runs.submit({ environment: 'python', source: greeting, tty: true })
    const left = await driveTerminal(attach(id), [{ see: 'Name? ', type: '\x1d\x1d\x1d' }])
    assert.match(left.seen, new RegExp(`the run goes on without us; come back with: run-it attach ${id}`))
    assert.equal(left.code, 0)
    assert.ok(left.isGivenBack)
    const { code } = await driveTerminal(attach(id), [{ see: 'Name? ', type: 'Ada\r' }])
    assert.equal(code, 5)
  })

  test('while another client writes attach only watches, and then what comes through its pipe goes to the run', async () => {
    const { runs } = server.client
    const { id } = await runs.submit({ environment: 'python', source: greeting, interactive: true })
    const writer = await runs.terminal(id)
    for await (const event of writer) if (event.type === 'output') break
    const first = await runs.terminal(id)
    await waitFor('the place of the writer', () => first.role === 'writer')
    const child = spawn(launcher, attach(id), { stdio: 'pipe' })
    child.stdin.end('Ada\n')
    let told = ''
    child.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString()
    })
    const output = text(child.stdout)
    await waitFor('the message', () => told.includes('another client writes to the run; we only watch'))
    first.close()
    assert.equal((await once(child, 'close'))[0], 5)
    assert.equal(await output, 'Name? Hello, Ada\n')
  })

  test('a run that is over is shown with its exit code, and one that takes no input is watched', async () => {
    const { runs } = server.client
    const source = 'echo written; exit 3'
    const { id } = await runs.submit({ environment: 'bash', source, interactive: true })
    await runs.wait(id)
    const over = await pipe(attach(id))
    assert.deepEqual(over, { stdout: 'written\n', stderr: 'run-it: the run is over; we only watch\n', code: 3 })
    const plain = await runs.submit({ environment: 'bash', source: `sleep 3; ${source}` })
    const watched = await pipe(attach(plain.id))
    assert.equal(watched.stdout, 'written\n')
    assert.match(watched.stderr, /^run-it: the run takes no input while it runs; we only watch\n/)
    assert.equal(watched.code, 3)
  })

  test('a run that is not there is said not to be', async () => {
    const { stderr, code } = await pipe(attach('01JD0000000000000000000000'))
    assert.equal(stderr, 'run-it: There is no run "01JD0000000000000000000000".\n')
    assert.equal(code, 66)
  })

  for (const [name, extra] of [
    ['an engine of its own', () => []],
    ['a server', () => ['--server', server.url]],
  ] as const) {
    test(`with ${name} a pipe answers an interactive run, whose exit code becomes ours`, async () => {
      const { stdout, code } = await pipe(['run', '-i', join(folder, 'hello.py'), ...extra()], 'Ada\n')
      assert.equal(stdout, 'Name? Hello, Ada\n')
      assert.equal(code, 5)
    })
  }
})
