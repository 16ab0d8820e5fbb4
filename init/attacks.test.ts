import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExited, assertStillWorks, text } from './testing/assertions.ts'
import { openWithAttack } from './testing/attack-program.ts'
import { frameType, reason } from './testing/frames.ts'
import { openSandbox } from './testing/sandbox.ts'

const _MiB = 1024 * 1024

describe('what a stage leaves behind', () => {
  test('daemons are killed before the stage ends', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell(
      'setsid bash -c "(trap \'\' TERM HUP; while :; do sleep 0.01; done) & disown" & (setsid sleep 100 >/dev/null 2>&1 &); wait %1; echo done',
    )
    assertExited(result)
    assert.equal(text(result.stdout), 'done\n')
    await assertStillWorks(sandbox)
  })

  test('a sibling without a signal for its end is killed too', async () => {
    await using sandbox = await openWithAttack()
    assertExited(await sandbox.run({ argv: ['./attack', 'silent-sibling'] }))
    await assertStillWorks(sandbox)
  })

  test('a daemon that holds stdout does not keep a stage from ending', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('sleep 100 & echo out')
    assertExited(result)
    assert.equal(text(result.stdout), 'out\n')
  })
})

describe('attacks on init', () => {
  test('it cannot be read, traced, slowed or starved', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'init'] })
    assertExited(result)
    const lines = text(result.stdout).trimEnd().split('\n')
    assert.equal(lines.length, 19)
    for (const line of lines) assert.match(line, /^[a-z0-9-]+ (EPERM|EACCES|ENOENT)$/)
    await assertStillWorks(sandbox)
  })

  test('no signal reaches it, not even one that the kernel sends', async () => {
    await using sandbox = await openWithAttack()
    assert.equal(text((await sandbox.run({ argv: ['./attack', 'signals'] })).stdout), 'still here\n')
    await assertStillWorks(sandbox)
  })

  test('killing everything ends only the program', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('sleep 100 & kill -KILL -1; kill -KILL 1; kill -STOP 1; echo on')
    assertExited(result)
    assert.equal(text(result.stdout), 'on\n')
    await assertStillWorks(sandbox)
  })

  test('a program that wants to be traced by it just goes on', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'traceme'] })
    assertExited(result)
    assert.equal(text(result.stdout), 'went on\n')
  })

  test('processes that stop without end do not keep it from its limits', async () => {
    await using sandbox = await openWithAttack({ processes: 128 })
    const result = await sandbox.run({ argv: ['./attack', 'stop'], wallMs: 1000 })
    assert.equal(result.reason, reason.wallLimit)
    assert.equal(text(result.stdout), 'begun\n')
    await assertStillWorks(sandbox)
  })

  test('processes that trace each other die like any others', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'trace-each-other'], wallMs: 500 })
    assert.equal(result.reason, reason.wallLimit)
    assert.equal(text(result.stdout), 'trace-exit EINVAL\n')
    await assertStillWorks(sandbox)
  })

  test('the kernel refuses what no program needs', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'kernel'] })
    assertExited(result)
    const lines = text(result.stdout).trimEnd().split('\n')
    assert.equal(lines.length, 23)
    for (const line of lines)
      assert.match(line, /^[a-z0-9-]+ (EPERM|ENOSYS|EAFNOSUPPORT|EPROTONOSUPPORT|ESOCKTNOSUPPORT)$/)
  })
})

describe('the end', () => {
  test('the end of stdin ends the container, whatever runs', async () => {
    await using sandbox = await openSandbox()
    sandbox.start({ argv: ['bash', '-c', 'trap "" TERM; echo begun; while :; do :; done'] })
    assert.equal((await sandbox.next()).type, frameType.stdout)
    sandbox.closeInput()
    assert.equal(await sandbox.exitCode(), 0)
  })

  test('the end of its lifetime ends the container, whatever runs', async () => {
    await using sandbox = await openSandbox({ lifetimeSeconds: 1 })
    sandbox.start({ argv: ['sleep', '100'] })
    assert.equal(await sandbox.exitCode(), 75)
  })
})
