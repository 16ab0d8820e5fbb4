import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits } from '../../src/run/limits.ts'
import { exited, type PlatformFixture } from './platform-fixture.ts'

const timeout = 60_000
const MiB = 1024 * 1024

export function limitTests(get: () => PlatformFixture): void {
  test('the wall clock ends a program that sleeps, and keeps its output', { timeout }, async () => {
    const wallTimeMs = get().under.promptMs
    const { exit, output } = await get().run('sleepForever', { limits: { wallTimeMs } })
    assert.deepEqual(exit.outcome, { kind: 'timed-out', clock: 'wall', limitMs: wallTimeMs })
    assert.equal(output.text('stdout'), 'started\n')
  })

  test('the CPU clock ends a program that computes, and keeps its output', { timeout }, async () => {
    const { exit, output } = await get().run('busyLoop', { limits: { cpuTimeMs: 500, wallTimeMs: 30_000 } })
    assert.deepEqual(exit.outcome, { kind: 'timed-out', clock: 'cpu', limitMs: 500 })
    assert.equal(output.text('stdout'), 'started\n')
  })

  test('the memory limit ends a program that takes too much, and keeps its output', { timeout }, async () => {
    const { exit, output } = await get().run('allocate', { limits: { memoryBytes: 64 * MiB } })
    assert.deepEqual(exit.outcome, { kind: 'out-of-memory', limitBytes: 64 * MiB })
    assert.equal(output.text('stdout'), 'started\n')
  })

  test('output over the limit is dropped and does not end the program', { timeout }, async () => {
    const { exit, output } = await get().run('largeOutput', { limits: { outputBytes: 100_000 } })
    assert.deepEqual(exit.outcome, exited(0))
    assert.equal(exit.stdoutTruncated, true)
    assert.equal(exit.stderrTruncated, false)
    assert.equal(output.bytes('stdout').length, 100_000)
    assert.equal(output.text('stderr'), 'done\n')
  })

  test('output that just fits is not truncated', { timeout }, async () => {
    const { exit, output } = await get().run('hello', { limits: { outputBytes: 14 } })
    assert.equal(output.text('stdout'), 'Hello, world!\n')
    assert.equal(exit.stdoutTruncated, false)
  })

  test('a program that may start no more processes goes on, and the limit is told', { timeout }, async () => {
    const { exit, output } = await get().run('manyProcesses', { limits: { processes: 16 } })
    assert.deepEqual(exit.outcome, exited(0), output.text('stderr'))
    assert.equal(output.text('stdout'), 'refused\n')
    assert.ok(exit.limitsHit.includes('processes'))
  })

  test('a program that may write no more goes on, and the limit is told', { timeout }, async () => {
    const { exit, output } = await get().run('fillDisk', { limits: { diskBytes: 4 * MiB } })
    assert.deepEqual(exit.outcome, exited(0), output.text('stderr'))
    assert.equal(output.text('stdout'), 'refused\n')
    assert.ok(
      exit.limitsHit.some(limit => limit === 'disk' || limit === 'fileSize'),
      exit.limitsHit.join(),
    )
  })

  test('each stage has limits of its own', { timeout }, async () => {
    await using sandbox = await get().open('allocate', { limits: { ...defaultLimits, memoryBytes: 128 * MiB } })
    for (const memoryBytes of [128 * MiB, 48 * MiB, 96 * MiB]) {
      const { exit } = await get().exec(sandbox, 'allocate', { limits: { memoryBytes } })
      assert.deepEqual(exit.outcome, { kind: 'out-of-memory', limitBytes: memoryBytes })
    }
  })

  test('after a limit fired the sandbox can take another stage', { timeout }, async () => {
    await using sandbox = await get().open('sleepForever')
    for (let stage = 0; stage < 2; stage += 1) {
      const { exit } = await get().exec(sandbox, 'sleepForever', { limits: { wallTimeMs: get().under.promptMs } })
      assert.equal(exit.outcome.kind, 'timed-out')
    }
  })
}
