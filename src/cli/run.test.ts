import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext as NodeTestContext } from 'node:test'
import type { Run, RunOutcome, Stage } from '@run-it/sdk'
import { runCommandLine } from './command-line.ts'
import type { App } from './context.ts'
import { type FakeServer, fakeRun, fakeServer, type ScriptStep } from './fake-server.ts'
import { type TestContext, type TestContextOptions, testContext, testEngine } from './test-context.ts'

function folderWith(t: NodeTestContext, files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-it-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

interface Result {
  readonly code: number
  readonly context: TestContext
  readonly server: FakeServer
}

async function run(
  argv: readonly string[],
  options: Omit<TestContextOptions, 'argv'> & { readonly server?: FakeServer } = {},
): Promise<Result> {
  const server = options.server ?? fakeServer()
  const context = testContext({
    variables: { RUN_IT_SERVER: 'http://fake.invalid' },
    fetch: server.fetch,
    ...options,
    argv: ['run', ...argv],
  })
  return { code: await runCommandLine(context), context, server }
}

const output = (stream: 'stdout' | 'stderr', content: string, more: object = {}): ScriptStep => ({
  type: 'output',
  stage: 'run',
  stream,
  content,
  encoding: 'utf8',
  ...more,
})

const stageOf = (stage: Partial<Stage>): Stage => ({
  name: 'run',
  outcome: { kind: 'exited', code: 0 },
  usage: { wallTimeMs: 5 },
  limitsHit: [],
  stdout: { bytes: 0, truncated: false },
  stderr: { bytes: 0, truncated: false },
  ...stage,
})

describe('run-it run', () => {
  it("streams the program's bytes to the right streams and nothing else to stdout", async t => {
    const folder = folderWith(t, { 'hello.py': 'print(1)' })
    const server = fakeServer([
      { type: 'state', state: 'queued' },
      { type: 'state', state: 'preparing' },
      { type: 'progress', progress: { phase: 'pull', message: 'layer 1', currentBytes: 1, totalBytes: 2 } },
      { type: 'state', state: 'running' },
      output('stderr', 'compiler says\n', { stage: 'compile' }),
      output('stdout', 'compiler out\n', { stage: 'compile' }),
      output('stdout', Buffer.of(0, 255, 10).toString('base64'), { encoding: 'base64' }),
      output('stderr', 'oops\n'),
      { type: 'stage', stage: stageOf({}) },
    ])
    const { code, context } = await run(['hello.py'], { folder, server })
    assert.equal(code, 0)
    assert.deepEqual(context.written.stdout, Buffer.of(0, 255, 10))
    assert.equal(
      context.written.stderrText,
      'run-it: pulling: layer 1 (50 % of 2 bytes)\ncompiler says\ncompiler out\noops\n',
    )
  })

  it('names the pool, and says so where no worker of it lives', async t => {
    const folder = folderWith(t, { 'app.py': 'x' })
    const { server, context, code } = await run(['app.py', '--pool', 'away'], { folder })
    assert.deepEqual([code, server.submissions[0]?.pool], [0, 'away'])
    assert.match(context.written.stderrText, /^run-it: No worker of it lives\.\n/)
    const served = await run(['app.py', '--pool', 'gpu'], { folder })
    assert.doesNotMatch(served.context.written.stderrText, /No worker/)
  })

  it('sends files, arguments, variables, limits, and the environment of the extension', async t => {
    const folder = folderWith(t, { 'app.py': 'x', 'lib/data.bin': Buffer.of(255) })
    const argv = 'app.py lib/data.bin --arg one --timeout 1.5 --memory 64MiB --var A=b=c -- --two three'.split(' ')
    const { server } = await run(argv, { folder })
    assert.deepEqual(server.submissions, [
      {
        environment: 'python',
        files: [
          { path: 'app.py', content: 'x', encoding: 'utf8' },
          { path: 'lib/data.bin', content: '/w==', encoding: 'base64' },
        ],
        args: ['one', '--two', 'three'],
        main: 'app.py',
        env: { A: 'b=c' },
        limits: { wallTimeMs: 1500, cpuTimeMs: 1500, memoryBytes: 64 * 1024 ** 2 },
      },
    ])
  })

  it('sends a folder, without links, .git and node_modules', async t => {
    const folder = folderWith(t, {
      'p/main.go': 'm',
      'p/x/util.go': 'u',
      'p/.git/HEAD': 'h',
      'p/node_modules/a/b.go': 'n',
    })
    symlinkSync('/etc/passwd', join(folder, 'p/link.go'))
    const { server, context } = await run(['p'], { folder })
    assert.deepEqual(
      server.submissions[0]?.files?.map(file => file.path),
      ['main.go', 'x/util.go'],
    )
    assert.equal(server.submissions[0]?.environment, 'go')
    assert.match(context.written.stderrText, /symbolic links left out: 1/)
  })

  it('takes --main as the shell writes it and as it stands in the folder', async t => {
    const folder = folderWith(t, { 'p/a.py': 'a', 'p/src/b.py': 'b' })
    for (const main of ['p/src/b.py', 'src/b.py']) {
      const { server } = await run(['p', '--main', main], { folder })
      assert.equal(server.submissions[0]?.main, 'src/b.py')
    }
    const { code, context } = await run(['p', '--main', 'src/c.py'], { folder })
    assert.equal(code, 64)
    assert.match(context.written.stderrText, /did you mean "src\/b\.py"/)
  })

  it('pipes standard input to the program, byte for byte', async t => {
    const folder = folderWith(t, { 'a.py': '', 'in.txt': 'from a file' })
    const piped = await run(['a.py'], { folder, stdin: Buffer.of(104, 255) })
    assert.deepEqual(piped.server.submissions[0]?.stdin, { content: 'aP8=', encoding: 'base64' })
    const named = await run(['a.py', '--stdin', 'in.txt'], { folder, stdin: 'not this' })
    assert.deepEqual(named.server.submissions[0]?.stdin, { content: 'from a file', encoding: 'utf8' })
    const terminal = await run(['a.py'], { folder })
    assert.equal(terminal.server.submissions[0]?.stdin, undefined)
  })

  it('exits as the program did', async t => {
    const folder = folderWith(t, { 'a.py': '' })
    const cases: [RunOutcome, number, RegExp][] = [
      [{ kind: 'exited', code: 3 }, 3, /^$/],
      [{ kind: 'signaled', signal: 'SIGSEGV' }, 139, /^run-it: killed by SIGSEGV\n$/],
      [{ kind: 'timed-out', clock: 'wall', limitMs: 10_000 }, 124, /^run-it: timed out after 10 s \(wall clock\)\n$/],
      [{ kind: 'out-of-memory', limitBytes: 256 * 1024 ** 2 }, 137, /^run-it: out of memory \(limit 256 MiB\)\n$/],
      [{ kind: 'canceled' }, 130, /^run-it: canceled\n$/],
      [
        { kind: 'failed', code: 'environment-unavailable', detail: 'No image.' },
        69,
        /^run-it: No image\. \(env.*\)\n$/,
      ],
      [{ kind: 'failed', code: 'attempts-exhausted', detail: 'It was tried 3 times.' }, 70, /^run-it: It was tried/],
    ]
    for (const [outcome, expected, text] of cases) {
      const { code, context } = await run(['a.py'], { folder, server: fakeServer([], { outcome }) })
      assert.equal(code, expected, outcome.kind)
      assert.match(context.written.stderrText, text)
      assert.equal(context.written.stdoutText, '')
    }
  })

  it('says that it did not compile, that output was cut off, and which limits were hit', async t => {
    const folder = folderWith(t, { 'a.go': '' })
    const compile = stageOf({ name: 'compile', outcome: { kind: 'exited', code: 2 } })
    const failed = await run(['a.go'], {
      folder,
      server: fakeServer([], { outcome: { kind: 'compile-failed' }, stages: [compile] }),
    })
    assert.equal(failed.code, 65)
    assert.equal(failed.context.written.stderrText, 'run-it: did not compile: the compiler exited with code 2\n')

    const stage = stageOf({ stdout: { bytes: 1024 ** 2, truncated: true }, limitsHit: ['processes'] })
    const cut = await run(['a.go'], { folder, server: fakeServer([], { stages: [stage] }) })
    assert.equal(cut.code, 0)
    assert.equal(
      cut.context.written.stderrText,
      'run-it: stdout was cut off after 1 MiB (the output limit)\nrun-it: the limit of 64 processes was hit\n',
    )
  })

  it('prints the run as JSON instead of its output', async t => {
    const folder = folderWith(t, { 'a.py': '' })
    const server = fakeServer([output('stdout', 'hidden'), output('stderr', 'hidden')], {
      outcome: { kind: 'exited', code: 4 },
    })
    const { code, context } = await run(['a.py', '--json'], { folder, server })
    assert.equal(code, 4)
    const printed: Run = JSON.parse(context.written.stdoutText)
    assert.equal(printed.id, fakeRun.id)
    assert.equal(context.written.stderrText, '')
  })

  it('cancels the run at the first Ctrl-C, and ends at once at the second', async t => {
    const folder = folderWith(t, { 'a.py': '' })
    const server: FakeServer = fakeServer(
      [
        output('stdout', 'so far\n'),
        async () => {
          context.interrupt()
          await server.canceled
          assert.deepEqual(context.exits, [])
          context.interrupt()
        },
      ],
      { outcome: { kind: 'canceled' } },
    )
    const context = testContext({
      argv: ['run', '--server', 'http://fake.invalid', 'a.py'],
      folder,
      fetch: server.fetch,
    })
    assert.equal(await runCommandLine(context), 130)
    assert.equal(context.written.stdoutText, 'so far\n')
    assert.deepEqual(server.cancels, [fakeRun.id])
    assert.deepEqual(context.exits, [130])
  })

  it('ends quietly, and ends the run, when nobody reads its output any more', async t => {
    const folder = folderWith(t, { 'a.py': '' })
    const stdoutError = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    const server = fakeServer([output('stdout', 'y\n')])
    const { code, context } = await run(['a.py'], { folder, server, stdoutError })
    assert.equal(code, 141)
    assert.equal(context.written.stderrText, '')
    assert.deepEqual(server.cancels, [fakeRun.id])
  })

  it('starts an engine of its own where no server is named, and closes it whatever happens', async t => {
    const folder = folderWith(t, { 'a.py': '', 'b.what': '', 'run-it.yaml': 'port: nonsense' })
    let closed = 0
    const server = fakeServer([output('stdout', 'hi'), () => assert.equal(closed, 0)])
    const startEmbedded: App['startEmbedded'] = async () => {
      let isOpen = true
      const whileOpen: typeof fetch = async (input, init) => {
        assert.ok(isOpen, 'used after it was closed')
        return server.fetch(input, init)
      }
      const close = async () => {
        isOpen = false
        closed++
      }
      return testEngine({ fetch: whileOpen, close })
    }
    const app = { startEmbedded }
    const fine = await run(['a.py'], { folder, variables: {}, app })
    assert.deepEqual([fine.code, fine.context.written.stdoutText, closed], [0, 'hi', 1])
    const bad = await run(['b.what'], { folder, variables: {}, app })
    assert.deepEqual([bad.code, closed], [64, 2])
    assert.match(bad.context.written.stderrText, /b\.what cannot be guessed: name it with --env, one of python, go/)
  })

  it('says that the program starts over when its worker was lost', async t => {
    const folder = folderWith(t, { 'a.py': '' })
    const server = fakeServer([
      { type: 'state', state: 'preparing' },
      output('stdout', 'a'),
      { type: 'state', state: 'queued' },
      { type: 'state', state: 'preparing', attempt: 2 },
      output('stdout', 'ab'),
    ])
    const { context } = await run(['a.py'], { folder, server })
    assert.equal(context.written.stdoutText, 'aab')
    assert.match(context.written.stderrText, /^run-it: the worker was lost; the program starts over\n$/)
  })

  it('tells every mistake in one line, before anything is sent', async t => {
    const folder = folderWith(t, { 'a.py': '', 'empty/.git/x': '' })
    const cases: [readonly string[], number, RegExp][] = [
      [['missing.py'], 66, /cannot read missing\.py: there is no such file/],
      [['empty'], 66, /no file in empty/],
      [['a.py', '--timeout', '0'], 64, /--timeout: must be a time such as/],
      [['a.py', '--timeout', '-1'], 64, /--timeout/],
      [['a.py', '--memory', 'lots'], 64, /--memory: must be a size such as/],
      [['a.py', '--var', 'A'], 64, /--var: must be NAME=VALUE/],
      [['a.py', '--stdin', 'nope'], 66, /cannot read nope/],
      [['a.py', '--server', 'here'], 64, /--server: must be an address/],
      [['--', 'a.py'], 64, /name the file to run/],
      [['a.py', '--tiemout', '1'], 64, /--timeout/],
      [[], 64, /missing required argument 'file'/],
    ]
    for (const [argv, expected, text] of cases) {
      const { code, context, server } = await run(argv, { folder })
      assert.equal(code, expected, argv.join(' '))
      assert.match(context.written.stderrText, text)
      assert.doesNotMatch(context.written.stderrText, / {4}at /)
      assert.deepEqual(server.submissions, [])
    }
  })
})
