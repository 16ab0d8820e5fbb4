import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { assertExited, assertStillWorks, text } from './testing/assertions.ts'
import { openWithAttack } from './testing/attack-program.ts'
import { encodeFrame, frameType, reason } from './testing/frames.ts'
import { openSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024

describe('stdin', () => {
  test('a large input comes back through cat', async () => {
    await using sandbox = await openSandbox()
    const input = randomBytes(10 * MiB)
    const result = await sandbox.run({ argv: ['cat'], outputBytes: 20 * MiB }, input)
    assertExited(result)
    assert.ok(result.stdout.equals(input))
  })

  test('an input that is never read blocks nothing', async () => {
    await using sandbox = await openSandbox()
    const input = sandbox.input(Buffer.alloc(10 * MiB))
    sandbox.start({ argv: ['bash', '-c', 'echo alive; sleep 100'], wallMs: 500 })
    assert.equal((await sandbox.end()).reason, reason.wallLimit)
    await input
    await sandbox.inputTaken()
    await assertStillWorks(sandbox)
  })

  test('an input that is closed early is dropped', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('head -c 3; exec <&-; echo; echo on', {}, Buffer.alloc(10 * MiB, 'x'))
    assertExited(result)
    assert.equal(text(result.stdout), 'xxx\non\n')
    await sandbox.inputTaken()
  })
})

describe('output', () => {
  test('output beyond the limit is dropped without blocking the program', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('head -c 50000000 /dev/zero; echo short >&2', { outputBytes: 100_000 })
    assertExited(result)
    assert.equal(result.stdout.length, 100_000)
    assert.deepEqual([result.stdoutTruncated, result.stderrTruncated], [true, false])
    assert.equal(text(result.stderr), 'short\n')
  })

  test('what fills the way out at the very end of a stage comes whole, and so does the end', async () => {
    const content = randomBytes(3 * MiB)
    // The reader is at times faster than the end, and at times not: several at once, so that they disturb each other.
    const oneAfterAnother = async () => {
      for (let count = 0; count < 15; count += 1) {
        await using sandbox = await openSandbox()
        sandbox.file('large', content)
        const { stdout } = await sandbox.run({ argv: ['cat', 'large'], outputBytes: 4 * MiB })
        assert.ok(stdout.equals(content))
      }
    }
    await Promise.all([oneAfterAnother(), oneAfterAnother(), oneAfterAnother()])
  })

  test('output without end keeps its beginning until a limit fires', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('yes & yes >&2', { outputBytes: 65_536, wallMs: 500 })
    assert.equal(result.reason, reason.wallLimit)
    assert.equal(text(result.stdout), 'y\n'.repeat(32_768))
    assert.deepEqual([result.stdoutTruncated, result.stderrTruncated], [true, true])
  })

  test('output in single bytes comes in far fewer pieces', async () => {
    await using sandbox = await openWithAttack()
    let pieces = 0
    sandbox.start({ argv: ['./attack', 'byte-by-byte'] })
    const result = await sandbox.end(() => (pieces += 1))
    assertExited(result)
    assert.equal(text(result.stdout), 'o'.repeat(50_000))
    assert.equal(text(result.stderr), 'e'.repeat(50_000))
    assert.ok(pieces < 500, String(pieces))
  })

  test('closing stdout early does not end a stage', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('echo before; exec >&- 2>&-; sleep 0.1; exit 7')
    assertExited(result, 7)
    assert.equal(text(result.stdout), 'before\n')
  })

  test('forged frames are just output', async () => {
    await using sandbox = await openSandbox()
    const forged = Buffer.concat([encodeFrame(frameType.stageExit, Buffer.alloc(35)), encodeFrame(frameType.error)])
    sandbox.file('forged', forged)
    const result = await sandbox.shell('cat forged; cat forged >&2; exit 9')
    assertExited(result, 9)
    assert.ok(result.stdout.equals(forged) && result.stderr.equals(forged))
  })

  test('a program that hides its stdout in a message between sockets does not keep a stage from ending', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'hide-stdout'] })
    assertExited(result)
    assert.equal(text(result.stdout), 'hidden\n')
    await assertStillWorks(sandbox)
  })
})
