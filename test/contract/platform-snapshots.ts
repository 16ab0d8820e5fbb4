import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exited, never, type PlatformFixture } from './platform-fixture.ts'

const timeout = 60_000

export function snapshotTests(get: () => PlatformFixture): void {
  /** A sandbox with two programs: what `save` leaves, `printSaved` finds or not. */
  async function openWithBoth() {
    const sandbox = await get().platform.open(await get().request('save'), never)
    const [save] = get().program('save').files
    const [print] = get().program('printSaved').files
    assert.ok(save && print)
    const files = [
      { ...save, path: 'save' },
      { ...print, path: 'print' },
    ]
    await sandbox.write(files, never)
    return sandbox
  }
  const command = (behaviour: 'save' | 'printSaved', file: string) => [
    ...get().program(behaviour).argv.slice(0, -1),
    file,
  ]

  test('what came after a snapshot is gone when it is restored, every time', { timeout }, async () => {
    await using sandbox = await openWithBoth()
    await sandbox.snapshot(never)
    for (let time = 0; time < 3; time += 1) {
      const saved = await get().exec(sandbox, 'save', { argv: command('save', 'save') })
      assert.deepEqual(saved.exit.outcome, exited(0), saved.output.text('stderr'))
      await sandbox.restore(never)
      const found = await get().exec(sandbox, 'printSaved', { argv: command('printSaved', 'print') })
      assert.notDeepEqual(found.exit.outcome, exited(0))
      assert.equal(found.output.text('stdout'), '')
      await sandbox.restore(never)
    }
  })

  test('what came before a snapshot is there when it is restored, every time', { timeout }, async () => {
    await using sandbox = await openWithBoth()
    const saved = await get().exec(sandbox, 'save', { argv: command('save', 'save') })
    assert.deepEqual(saved.exit.outcome, exited(0), saved.output.text('stderr'))
    await sandbox.snapshot(never)
    for (let time = 0; time < 3; time += 1) {
      await sandbox.restore(never)
      const found = await get().exec(sandbox, 'printSaved', { argv: command('printSaved', 'print') })
      assert.equal(found.output.text('stdout'), 'kept')
    }
  })

  test('a restored sandbox takes files, and is rid of them at the next restore', { timeout }, async () => {
    await using sandbox = await get().open('printFile')
    await sandbox.snapshot(never)
    for (const content of ['first', 'second']) {
      await sandbox.restore(never)
      await sandbox.write([{ path: 'data/größe ß.bin', content, encoding: 'utf8' }], never)
      const { exit, output } = await get().exec(sandbox, 'printFile')
      assert.deepEqual(exit.outcome, exited(0), output.text('stderr'))
      assert.equal(output.text('stdout'), content)
    }
    await sandbox.restore(never)
    assert.notDeepEqual((await get().exec(sandbox, 'printFile')).exit.outcome, exited(0))
  })

  test('input that came too late for one stage is not missed by the next', { timeout }, async () => {
    const stdin = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256)
    await using sandbox = await get().open('hello')
    const [echo] = get().program('echoStdin').files
    assert.ok(echo)
    await sandbox.snapshot(never)
    for (let time = 0; time < 5; time += 1) {
      // Ends without reading it, while most of it is on its way.
      assert.deepEqual((await get().exec(sandbox, 'hello', { stdin })).exit.outcome, exited(0))
      await sandbox.restore(never)
      await sandbox.write([{ ...echo, path: 'echo' }], never)
      const argv = [...get().program('echoStdin').argv.slice(0, -1), 'echo']
      const { exit, output } = await get().exec(sandbox, 'echoStdin', { argv, stdin })
      assert.deepEqual(exit.outcome, exited(0), output.text('stderr'))
      assert.ok(output.bytes('stdout').equals(stdin), 'input and output are the same')
      await sandbox.restore(never)
    }
  })

  test('an aborted snapshot and an aborted restore reject with the reason', { timeout }, async () => {
    await using sandbox = await get().open('hello')
    const reason = new Error('enough')
    await assert.rejects(sandbox.snapshot(AbortSignal.abort(reason)), reason)
    await sandbox.snapshot(never)
    await assert.rejects(sandbox.restore(AbortSignal.abort(reason)), reason)
  })
}
