import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workingFolder } from '../../src/platform/platform.ts'
import { CollectedOutput } from './collected-output.ts'
import { exited, never, type PlatformFixture } from './platform-fixture.ts'

const timeout = 60_000

export function stageTests(get: () => PlatformFixture): void {
  test('a program runs to its end, with its output and what it used', { timeout }, async () => {
    const { exit, output } = await get().run('hello')
    assert.equal(output.text('stdout'), 'Hello, world!\n')
    assert.equal(output.text('stderr'), '')
    assert.deepEqual(exit.outcome, exited(0))
    assert.deepEqual(exit.limitsHit, [])
    assert.equal(exit.stdoutTruncated, false)
    assert.equal(exit.stderrTruncated, false)
    for (const number of Object.values(exit.usage)) assert.ok(Number.isFinite(number) && number >= 0)
    assert.ok(exit.usage.wallTimeMs > 0)
  })

  test('an exit code is passed on', { timeout }, async () => {
    assert.deepEqual((await get().run('exitThree')).exit.outcome, exited(3))
  })

  test('a signal that is not ours is told by name', { timeout }, async () => {
    assert.deepEqual((await get().run('dieOfSignal')).exit.outcome, { kind: 'signaled', signal: 'SIGSEGV' })
  })

  test('stdout and stderr stay apart', { timeout }, async () => {
    const { output } = await get().run('writeBoth')
    assert.equal(output.text('stdout'), 'to stdout\n')
    assert.equal(output.text('stderr'), 'to stderr\n')
  })

  test('a program that is not there ends as it would in a shell, and says so', { timeout }, async () => {
    const { exit, output } = await get().run('hello', { argv: ['no-such-program'] })
    assert.deepEqual(exit.outcome, exited(127))
    assert.match(output.text('stderr'), /no-such-program/)
  })

  test('input arrives to the byte', { timeout }, async () => {
    const stdin = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 256)
    const { exit, output } = await get().run('echoStdin', { stdin })
    assert.deepEqual(exit.outcome, exited(0))
    assert.ok(output.bytes('stdout').equals(stdin), 'input and output are the same')
  })

  test('empty input ends at once', { timeout }, async () => {
    const { exit, output } = await get().run('echoStdin')
    assert.deepEqual(exit.outcome, exited(0))
    assert.equal(output.text('stdout'), '')
  })

  test('input that is never read does not block', { timeout }, async () => {
    const { exit, output } = await get().run('hello', { stdin: new Uint8Array(1_000_000) })
    assert.deepEqual(exit.outcome, exited(0))
    assert.equal(output.text('stdout'), 'Hello, world!\n')
  })

  test('arguments arrive as they are', { timeout }, async () => {
    const args = ['-v', '', 'two words', '$HOME `ls` ; "', 'größe', '*']
    const { output } = await get().run('printArguments', { args })
    assert.equal(output.text('stdout'), args.map(argument => `${argument}\n`).join(''))
  })

  test('variables arrive as they are', { timeout }, async () => {
    const { output } = await get().run('printVariable', { env: { GREETING: 'grüß = "dich"' } })
    assert.equal(output.text('stdout'), 'grüß = "dich"\n')
  })

  test('a program starts in the working folder', { timeout }, async () => {
    assert.equal((await get().run('printFolder')).output.text('stdout'), `${workingFolder}\n`)
  })

  test('files arrive to the byte, in folders and under any name', { timeout }, async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 70_000 }, (_, index) => index % 256))
    await using sandbox = await get().open('printFile')
    const path = 'data/größe ß.bin'
    await sandbox.write([{ path, content: bytes.toString('base64'), encoding: 'base64' }], never)
    const { exit, output } = await get().exec(sandbox, 'printFile')
    assert.deepEqual(exit.outcome, exited(0), output.text('stderr'))
    assert.ok(output.bytes('stdout').equals(bytes), 'file and output are the same')
  })

  test('a stage sees what the one before left in the output folder', { timeout }, async () => {
    await using sandbox = await get().platform.open(await get().request('save'), never)
    const [save] = get().program('save').files
    const [print] = get().program('printSaved').files
    assert.ok(save && print)
    await sandbox.write(
      [
        { ...save, path: 'save' },
        { ...print, path: 'print' },
      ],
      never,
    )
    const command = (behaviour: 'save' | 'printSaved') => get().program(behaviour).argv.slice(0, -1)
    const first = await get().exec(sandbox, 'save', { argv: [...command('save'), 'save'] })
    assert.deepEqual(first.exit.outcome, exited(0), first.output.text('stderr'))
    const second = await get().exec(sandbox, 'printSaved', { argv: [...command('printSaved'), 'print'] })
    assert.equal(second.output.text('stdout'), 'kept')
  })

  test('two sandboxes share nothing', { timeout }, async () => {
    await using one = await get().open('save')
    await using other = await get().open('printSaved')
    const saved = await get().exec(one, 'save')
    assert.deepEqual(saved.exit.outcome, exited(0))
    const { exit, output } = await get().exec(other, 'printSaved')
    assert.notDeepEqual(exit.outcome, exited(0))
    assert.equal(output.text('stdout'), '')
  })

  test('programs in several sandboxes run at the same time', { timeout }, async () => {
    const outputs = [new CollectedOutput(), new CollectedOutput()]
    const cancel = new AbortController()
    const running = outputs.map(output => get().run('sleepForever', { output, signal: cancel.signal }))
    await Promise.all(outputs.map(output => output.until('stdout', 'started\n')))
    cancel.abort()
    for (const { exit } of await Promise.all(running)) assert.deepEqual(exit.outcome, { kind: 'canceled' })
  })

  test('output arrives while the program runs, and a cancel keeps it', { timeout }, async () => {
    const output = new CollectedOutput()
    const cancel = new AbortController()
    const running = get().run('sleepForever', { output, signal: cancel.signal })
    await output.until('stdout', 'started\n')
    cancel.abort(new Error('enough'))
    const { exit } = await running
    assert.deepEqual(exit.outcome, { kind: 'canceled' })
    assert.equal(output.text('stdout'), 'started\n')
    assert.ok(exit.usage.wallTimeMs > 0)
  })

  test('a stage that is canceled before it starts resolves and does not run', { timeout }, async () => {
    const { exit, output } = await get().run('hello', { signal: AbortSignal.abort() })
    assert.deepEqual(exit.outcome, { kind: 'canceled' })
    assert.equal(output.text('stdout'), '')
  })

  test('what a stage leaves running ends with it', { timeout }, async () => {
    await using sandbox = await get().open('orphan')
    for (let stage = 0; stage < 2; stage += 1) {
      const { exit, output } = await get().exec(sandbox, 'orphan', { limits: { processes: 16 } })
      assert.deepEqual(exit.outcome, exited(0))
      assert.equal(output.text('stdout'), 'parent\n')
    }
  })
}
