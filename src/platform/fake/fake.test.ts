import assert from 'node:assert/strict'
import { test } from 'node:test'
import { platformContract } from '../../../test/contract/platform.ts'
import { never, PlatformFixture, type PlatformUnderTest } from '../../../test/contract/platform-fixture.ts'
import { contractPrograms } from '../../../test/contract/platform-programs.ts'
import type { Environment } from '../../environment/environment.ts'
import { PlatformError } from '../platform-error.ts'
import { FakePlatform } from './fake-platform.ts'

function environment(reference: string): Environment {
  return {
    name: 'fake',
    version: '1.0.0',
    source: { kind: 'registry', reference },
    recipe: { run: ['fake', '{main}'], env: {} },
    extensions: ['.fake'],
  }
}

function underTest(platform: FakePlatform): PlatformUnderTest {
  platform.unobtainable.add('missing:1')
  return {
    platform,
    programs: contractPrograms([environment('fake:1')], ['fake'], {
      hello: 'print Hello, world!',
      echoStdin: 'stdin',
      ask: 'ask Name?',
      showTerminal: 'terminal',
      exitThree: 'exit 3',
      dieOfSignal: 'signal SIGSEGV',
      writeBoth: 'print to stdout\nerror to stderr',
      printArguments: 'args 2',
      printVariable: 'variable GREETING',
      printFolder: 'print /code',
      printFile: 'cat data/größe ß.bin',
      sleepForever: 'print started\nsleep',
      busyLoop: 'print started\nspin',
      allocate: 'print started\nallocate',
      largeOutput: `flood ${8 * 1024 * 1024}\nerror done`,
      orphan: 'print parent',
      manyProcesses: 'hit processes\nprint refused',
      fillDisk: 'hit disk\nprint refused',
      save: 'save .out/saved kept',
      makeFiles: 'save one.txt one\nsave out/deep/two.bin two\nsave .hidden three',
      printSaved: 'cat .out/saved',
    }),
    unobtainable: [environment('missing:1')],
    promptMs: 50,
    another: async () => new FakePlatform({ beside: platform }),
    sandboxCount: async () => platform.sandboxCount,
    dispose: async () => {
      await platform.close()
      assert.deepEqual(platform.violations, [])
    },
  }
}

platformContract('fake', async () => underTest(new FakePlatform()))

function fixture(platform: FakePlatform): PlatformFixture {
  return new PlatformFixture(underTest(platform))
}

test('a program of the fake platform can be a function', async () => {
  const platform = new FakePlatform({
    program:
      ({ argv }) =>
      process => {
        process.write('stdout', argv.join(' '))
        return { kind: 'exited', code: process.files.size }
      },
  })
  const { exit, output } = await fixture(platform).run('hello')
  assert.deepEqual(exit.outcome, { kind: 'exited', code: 1 })
  assert.equal(output.text('stdout'), 'fake main')
})

test('a function that throws rejects the stage, and is no outcome', async () => {
  const platform = new FakePlatform({
    program: () => () => {
      throw new Error('a mistake in the test')
    },
  })
  await assert.rejects(fixture(platform).run('hello'), /a mistake in the test/)
})

test('lines for the compile stage run there and nowhere else', async () => {
  const platform = new FakePlatform()
  const image = await platform.prepare([environment('fake:1')], () => {}, never)
  const request = await fixture(platform).request('hello', { image })
  await using sandbox = await platform.open(request, never)
  const content = 'compile: error no such thing\ncompile: exit 1\nprint ran'
  await sandbox.write([{ path: 'a.fake', content, encoding: 'utf8' }], never)
  const written: string[] = []
  const output = { write: (stream: string, bytes: Uint8Array) => written.push(`${stream} ${Buffer.from(bytes)}`) }
  const stage = { argv: ['cc', '.'], env: {}, stdin: new Uint8Array(), limits: request.limits }
  const compiled = await sandbox.exec({ ...stage, name: 'compile' }, output, never)
  assert.deepEqual(compiled.outcome, { kind: 'exited', code: 1 })
  const ran = await sandbox.exec({ ...stage, name: 'run', argv: ['/code/.out/main'] }, output, never)
  assert.deepEqual(ran.outcome, { kind: 'exited', code: 0 })
  assert.deepEqual(written, ['stderr no such thing\n', 'stdout ran\n'])
})

test('an unknown command of a script ends it', async () => {
  const suite = fixture(new FakePlatform())
  await using sandbox = await suite.platform.open(await suite.request('hello'), never)
  await sandbox.write([{ path: 'main', content: 'print before\nprnt x\nprint after', encoding: 'utf8' }], never)
  const { exit, output } = await suite.exec(sandbox, 'hello')
  assert.deepEqual(exit.outcome, { kind: 'exited', code: 2 })
  assert.equal(output.text('stdout'), 'before\n')
  assert.equal(output.text('stderr'), 'there is no command "prnt"\n')
})

test('a sandbox can be lost under its program', async () => {
  const platform = new FakePlatform({ program: () => process => void process.loseSandbox() })
  await assert.rejects(fixture(platform).run('hello'), { name: 'PlatformError', code: 'sandbox-lost' })
  assert.equal(platform.sandboxCount, 0)
})

test('an engine that stops takes its stages along, and leaves its sandboxes to be swept', async () => {
  const platform = new FakePlatform()
  const suite = fixture(platform)
  const sandbox = await suite.open('sleepForever')
  const running = suite.exec(sandbox, 'sleepForever')
  const lost = assert.rejects(running, { name: 'PlatformError', code: 'unavailable' })
  platform.stopEngine()
  await lost
  await sandbox[Symbol.asyncDispose]()
  await assert.rejects(platform.check(never), { code: 'unavailable' })
  await assert.rejects(platform.sweep(new Set(), never), { code: 'unavailable' })
  assert.equal(platform.sandboxCount, 1)
  platform.startEngine()
  await platform.check(never)
  assert.deepEqual(await platform.sweep(new Set(), never), { removed: 1 })
})

test('an operation fails as often as a test says', async () => {
  const platform = new FakePlatform()
  platform.failNext('check', new PlatformError('unavailable', 'first'))
  platform.failNext('check', new PlatformError('refused', 'second'))
  await assert.rejects(platform.check(never), { code: 'unavailable' })
  await assert.rejects(platform.check(never), { code: 'refused' })
  await platform.check(never)
})

test('an operation that is held waits, and can be aborted meanwhile', async () => {
  const platform = new FakePlatform()
  const release = platform.hold('check')
  const cancel = new AbortController()
  const canceled = assert.rejects(platform.check(cancel.signal), /enough/)
  const waiting = platform.check(never)
  cancel.abort(new Error('enough'))
  await canceled
  release()
  assert.equal((await waiting).name, 'fake')
})

test('one image that is wanted by many is fetched once, and a pull comes before a build', async () => {
  const platform = new FakePlatform()
  const built: Environment = {
    ...environment('x'),
    source: { kind: 'debian', folder: '/environments/fake', versionCommand: ['fake'] },
  }
  const candidates = [built, environment('fake:1')]
  await Promise.all([1, 2, 3].map(() => platform.prepare(candidates, () => {}, never)))
  assert.deepEqual(platform.fetched, ['fake:1'])
  platform.present.clear()
  platform.unobtainable.add('fake:1')
  const phases: string[] = []
  await platform.prepare(candidates, ({ phase }) => phases.push(phase), never)
  assert.deepEqual(platform.fetched, ['fake:1', '/environments/fake'])
  assert.deepEqual(phases, ['build'])
})

test('callers that break the contract are told, and noted', async () => {
  const platform = new FakePlatform()
  const suite = fixture(platform)
  const sandbox = await suite.open('sleepForever')
  const cancel = new AbortController()
  const running = suite.exec(sandbox, 'sleepForever', { signal: cancel.signal })
  // The stage begins on the next turn, once its image is known.
  await new Promise(setImmediate)
  await assert.rejects(suite.exec(sandbox, 'sleepForever'), /exec while another stage runs/)
  await assert.rejects(sandbox.write([], never), /write while a stage runs/)
  cancel.abort()
  await running
  await assert.rejects(sandbox.write([], never), /write after a stage/)
  await sandbox[Symbol.asyncDispose]()
  await assert.rejects(suite.exec(sandbox, 'sleepForever'), /exec after dispose/)
  assert.equal(platform.violations.length, 4)
})
