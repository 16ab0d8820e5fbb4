import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExited, assertStillWorks, text } from './testing/assertions.ts'
import { openWithAttack } from './testing/attack-program.ts'
import { limitHit, reason } from './testing/frames.ts'
import { openSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024

describe('limits', () => {
  test('the wall limit ends a program that sleeps, with its output so far', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('trap "" TERM; echo begun; sleep 100', { wallMs: 300 })
    assert.equal(result.reason, reason.wallLimit)
    assert.equal(text(result.stdout), 'begun\n')
    assert.ok(result.wallUs >= 300_000n)
  })

  test('a program that stops itself meets the wall limit', async () => {
    await using sandbox = await openSandbox()
    assert.equal((await sandbox.shell('kill -STOP $$', { wallMs: 300 })).reason, reason.wallLimit)
    await assertStillWorks(sandbox)
  })

  test('the CPU limit counts all processes together', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'burn'], cpuMs: 300 })
    assert.equal(result.reason, reason.cpuLimit)
    assert.ok(result.cpuUs >= 300_000n)
    await assertStillWorks(sandbox)
  })

  test('a program that takes all memory is out of memory', async () => {
    await using sandbox = await openWithAttack({ memoryBytes: 64 * MiB })
    const result = await sandbox.run({ argv: ['./attack', 'memory'] })
    assert.equal(result.reason, reason.outOfMemory)
    assert.ok(result.memoryPeakBytes > BigInt(60 * MiB))
    await assertStillWorks(sandbox)
  })

  test('a parent whose child was killed for memory may end well, and it shows', async () => {
    await using sandbox = await openWithAttack({ memoryBytes: 64 * MiB })
    const survived = await sandbox.shell('./attack memory; echo got $?')
    assertExited(survived)
    assert.equal(text(survived.stdout), 'got 137\n')
    assert.equal(survived.limitsHit, limitHit.memory)
    assert.equal((await sandbox.shell('./attack memory')).reason, reason.outOfMemory)
  })

  test("a stage's memory limit below the container's holds too", async () => {
    await using sandbox = await openWithAttack({ memoryBytes: 512 * MiB })
    const result = await sandbox.shell('./attack memory; sleep 100', { memoryBytes: 64 * MiB })
    assert.equal(result.reason, reason.outOfMemory)
    await assertStillWorks(sandbox)
  })

  test('files on tmpfs count as memory', async () => {
    await using sandbox = await openSandbox({ memoryBytes: 48 * MiB })
    const result = await sandbox.shell('cat /dev/zero >a; cat /dev/zero >/tmp/a; cat /dev/zero >/dev/shm/a')
    assert.equal(result.reason, reason.outOfMemory)
  })

  test('a fork bomb hits the limit on processes and harms nothing after it', async () => {
    await using sandbox = await openWithAttack({ processes: 32 })
    const result = await sandbox.run({ argv: ['./attack', 'fork-bomb'], wallMs: 500 })
    assert.equal(result.reason, reason.wallLimit)
    assert.equal(result.limitsHit, limitHit.processes)
    await assertStillWorks(sandbox)
  })

  test('a full disk shows', async () => {
    await using sandbox = await openSandbox({ diskBytes: MiB })
    const result = await sandbox.shell('cat /dev/zero >full')
    assertExited(result, 1)
    assert.equal(result.limitsHit, limitHit.disk)
  })

  test('a disk without free inodes shows', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.run({
      argv: ['perl', '-e', 'my $n = 0; $n++ while open my $file, ">", "/tmp/$n"; exit 3'],
    })
    assertExited(result, 3)
    assert.equal(result.limitsHit, limitHit.disk)
  })

  test('a file that is too large ends a program and shows', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'large-file'], fileSizeBytes: 2 * MiB })
    assert.deepEqual([result.reason, result.value, result.limitsHit], [reason.signaled, 25, limitHit.fileSize])
  })

  test('a program that holds all the open files it may have shows', async () => {
    await using sandbox = await openWithAttack()
    sandbox.start({ argv: ['./attack', 'open-files'], openFiles: 32, wallMs: 500 })
    const result = await sandbox.end()
    assert.equal(text(result.stdout), 'EMFILE\n')
    assert.equal(result.limitsHit, limitHit.openFiles)
  })
})
