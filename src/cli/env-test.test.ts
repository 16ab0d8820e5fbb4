import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Run, RunOutcome, RunSubmission } from '@run-it/sdk'
import { runCommandLine } from './command-line.ts'
import type { App, EmbeddedEngine, SelfTest } from './context.ts'
import { fakeRun } from './fake-server.ts'
import { type TestContext, testContext, testEngine } from './test-context.ts'

interface Ending {
  readonly stdout?: string
  readonly stderr?: string
  readonly outcome?: RunOutcome
}

const selfTests: readonly SelfTest[] = ['ada', 'go', 'lua'].map(name => ({
  name,
  programs: [
    { program: 'hello', file: `hello.${name}`, source: 'hello', stdin: '', expected: 'Hello, world!\n' },
    { program: 'sample', file: `Sample.${name}`, source: 'sample', stdin: 'b a b', expected: '2 b\n1 a\n' },
  ],
}))

/** Programs print what they should, except where `endings` has something else for `go sample`. */
class House {
  readonly submissions: RunSubmission[] = []
  readonly prepared: string[] = []
  readonly endings: Record<string, Ending>
  selfTests = selfTests
  slots: number | undefined
  closed = 0
  preparing = 0
  mostPreparing = 0

  constructor(endings: Record<string, Ending> = {}) {
    this.endings = endings
  }

  startEmbedded: App['startEmbedded'] = async (_settings, _observer, options) => {
    this.slots = options?.slots
    return testEngine({
      fetch: async (input, init) => this.#answer(new Request(input, init)),
      selfTests: async () => this.selfTests,
      prepare: (...given) => this.prepare(...given),
      close: async () => void this.closed++,
    })
  }

  prepare: EmbeddedEngine['prepare'] = async (name, onProgress) => {
    this.preparing++
    this.mostPreparing = Math.max(this.mostPreparing, this.preparing)
    onProgress({ phase: 'build', message: `Step 1 of ${name}` })
    await new Promise(setImmediate)
    this.preparing--
    this.prepared.push(name)
    return { name, version: '1.2.3', digest: 'sha256:1', sizeBytes: 3 * 1024 ** 2 }
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/v1/environments') {
      const environments = selfTests.map(({ name }) => ({ name, aliases: name === 'go' ? ['golang'] : [] }))
      return Response.json({ environments })
    }
    if (request.method === 'POST') {
      this.submissions.push(await request.json())
      return Response.json({ ...fakeRun, id: String(this.submissions.length), state: 'queued' }, { status: 202 })
    }
    return Response.json(this.#finished(Number(pathname.split('/').at(-1))))
  }

  #finished(number: number): Run {
    const submission = this.submissions[number - 1]
    const name = submission?.environment.split('@')[0]
    const program = selfTests.flatMap(selfTest => selfTest.programs).find(({ file }) => file === submission?.main)
    const ending = this.endings[`${name} ${program?.program}`]
    const { stdout = program?.expected ?? '', stderr = '', outcome = { kind: 'exited', code: 0 } } = ending ?? {}
    const output = (content: string) => ({
      bytes: content.length,
      truncated: false,
      content,
      encoding: 'utf8' as const,
    })
    const stage = { name: 'run', outcome: { kind: 'exited', code: 0 }, limitsHit: [] } as const
    const usage = { wallTimeMs: 2, memoryPeakBytes: 1024 }
    const stages = [{ ...stage, limitsHit: [], usage, stdout: output(stdout), stderr: output(stderr) }]
    return { ...fakeRun, id: String(number), outcome, stages }
  }
}

async function call(line: string, house: House, isTerminal = false) {
  const context = testContext({ argv: `env test ${line}`.split(' ').filter(Boolean), app: house, isTerminal })
  const code = await runCommandLine(context)
  return { code, context, stdout: context.written.stdoutText, stderr: context.written.stderrText }
}

describe('run-it env test', () => {
  it('runs hello twice and sample once of each, and prints a table', async () => {
    const house = new House()
    const { code, stdout } = await call('--jobs 1', house)
    assert.equal(code, 0)
    assert.equal(stdout, ['ada', 'go', 'lua'].map(name => `${name}\t1.2.3\t3 MiB\t350 ms\t350 ms\tok\n`).join(''))
    assert.deepEqual(
      house.submissions.slice(0, 3).map(({ environment, main, stdin }) => [environment, main, stdin]),
      [
        ['ada@1.2.3', 'hello.ada', ''],
        ['ada@1.2.3', 'hello.ada', ''],
        ['ada@1.2.3', 'Sample.ada', 'b a b'],
      ],
    )
    assert.deepEqual([house.submissions.length, house.slots, house.closed], [9, 1, 1])
  })

  it('tells a pipe of each that is done, and draws a heading on a terminal', async () => {
    const piped = await call('--jobs 1', new House())
    assert.match(piped.stderr, /^run-it: building: Step 1 of ada\nrun-it: ok ada@1\.2\.3 \(1 of 3\)\n/)
    assert.match(piped.stderr, /run-it: 3 environments: all well\n$/)
    const shown = await call('', new House(), true)
    assert.match(shown.stdout, /^NAME +VERSION +SIZE +COLD +WARM +OK\nada +1\.2\.3 +3 MiB/)
    assert.doesNotMatch(shown.stderr, /run-it: ok/)
  })

  it('takes names and aliases, in the order of the catalogue', async () => {
    const { stdout } = await call('lua golang go', new House())
    assert.deepEqual(
      stdout.split('\n').map(line => line.split('\t')[0]),
      ['go', 'lua', ''],
    )
    const unknown = await call('perl', new House())
    assert.deepEqual(
      [unknown.code, unknown.stderr],
      [66, 'run-it: There is no environment "perl". There are: ada, go, lua\n'],
    )
  })

  it('gets images one after another, however many environments are tested at once', async () => {
    const house = new House()
    assert.equal((await call('--jobs 3', house)).code, 0)
    assert.deepEqual([house.mostPreparing, house.slots, house.prepared.length], [1, 3, 3])
  })

  it('shows what came out instead of what was expected, and not all of it', async () => {
    const long = Array.from({ length: 100 }, (_, index) => `line ${index} ${'x'.repeat(500)}\u001b[2J`).join('\n')
    const house = new House({
      'go sample': { stdout: '', stderr: long, outcome: { kind: 'exited', code: 2 } },
      'lua hello': { stdout: 'Hello\n' },
    })
    const { code, stdout, stderr } = await call('', house)
    assert.equal(code, 1)
    assert.match(stdout, /^ada\t.*\tok\ngo\t.*\tFAILED: sample\nlua\t.*\t-\tFAILED: hello\n$/)
    assert.match(
      stderr,
      /\ngo: sample: exit code 2\n {2}expected:\n {4}2 b\n {4}1 a\n {2}stdout: nothing\n {2}stderr:\n {4}line 0 x/,
    )
    assert.match(stderr, / {4}… and 88 more lines\n/)
    assert.match(stderr, /lua: hello: exit code 0\n {2}expected:\n {4}Hello, world!\n {2}stdout:\n {4}Hello\n/)
    assert.match(stderr, /run-it: 3 environments: 2 failed\n$/)
    assert.ok(!stderr.includes('\u001b') && stderr.length < 5000)
    // What cannot say hello needs not be asked for more.
    assert.equal(house.submissions.filter(({ environment }) => environment.startsWith('lua')).length, 1)
  })

  it('goes on with the others when an image cannot be had', async () => {
    const house = new House()
    const { prepare } = house
    house.prepare = async (name, ...rest) => {
      if (name === 'go') throw new Error('no registry\ncan be reached')
      return await prepare(name, ...rest)
    }
    const { code, stdout, stderr } = await call('', house)
    assert.equal(code, 1)
    assert.match(stdout, /^ada\t.*ok\ngo\t-\t-\t-\t-\tFAILED: not started\nlua\t.*ok\n$/)
    assert.match(stderr, /\ngo: no registry can be reached\n/)
  })

  it('goes on with the others when a folder is not as it should be', async () => {
    const house = new House()
    const broken = { name: 'go', programs: [], error: 'sample.stdin: no such file' }
    house.selfTests = selfTests
      .map(selfTest => (selfTest.name === 'go' ? broken : selfTest))
      .concat({ name: 'tcl', programs: [] })
    const { code, stdout, stderr } = await call('', house)
    assert.equal(code, 1)
    assert.match(stdout, /^ada\t.*ok\ngo\t-\t-\t-\t-\tFAILED: not started\nlua\t.*ok\ntcl\t.*\tFAILED: no program\n$/)
    assert.match(stderr, /\ngo: sample\.stdin: no such file\ntcl: it has no hello program\n/)
  })

  it('prints JSON', async () => {
    const { stdout } = await call('go --json', new House({ 'go sample': { stdout: 'x' } }))
    const [result] = JSON.parse(stdout)
    assert.deepEqual([result.name, result.ok, result.coldMs, result.sizeBytes], ['go', false, 350, 3 * 1024 ** 2])
    assert.deepEqual(result.programs, [
      { program: 'hello', ok: true, ms: 350, memoryPeakBytes: 1024 },
      {
        program: 'sample',
        ok: false,
        ms: 350,
        memoryPeakBytes: 1024,
        failure: { outcome: 'exit code 0', expected: '2 b\n1 a\n', stdout: 'x', stderr: '' },
      },
    ])
  })

  it('ends at Ctrl-C, and closes its engine', async () => {
    const house = new House()
    const context: TestContext = testContext({ argv: ['env', 'test'], app: house })
    house.prepare = async (_name, _onProgress, signal) => {
      context.interrupt()
      signal.throwIfAborted()
      throw new Error('not reached')
    }
    assert.equal(await runCommandLine(context), 130)
    assert.deepEqual([house.closed, house.submissions.length, context.written.stdoutText], [1, 0, ''])
  })

  it('refuses jobs that cannot be, before it starts anything', async () => {
    for (const jobs of ['0', '1.5', '65', 'all']) {
      const house = new House()
      const { code, stderr } = await call(`--jobs ${jobs}`, house)
      assert.deepEqual([code, house.closed], [64, 0])
      assert.match(stderr, /^run-it: --jobs: must be a whole number from 1 to 64/)
    }
  })

  it('teaches', async () => {
    const { code, stdout } = await call('--help', new House())
    assert.equal(code, 0)
    assert.match(stdout, /hello +twice[\s\S]*sample +once[\s\S]*Examples:\n {2}run-it env test[\s\S]*Exit codes: 0/)
  })
})
