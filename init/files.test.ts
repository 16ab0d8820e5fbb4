import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { assertExited, text } from './testing/assertions.ts'
import { frameType, limitHit, reason } from './testing/frames.ts'
import { openSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024

describe('files', () => {
  test('files and folders arrive with their bytes and modes', async () => {
    await using sandbox = await openSandbox()
    const content = randomBytes(3 * MiB)
    sandbox.file('a/b/ä \n.bin', content, 0o640)
    sandbox.file('empty', '', 0o755)
    sandbox.folder('folder/inner', 0o700)
    const modes = await sandbox.shell('stat -c "%a %u %F" a a/b/* empty folder folder/inner')
    assert.equal(
      text(modes.stdout),
      '755 10001 directory\n640 10001 regular file\n755 10001 regular empty file\n755 10001 directory\n700 10001 directory\n',
    )
    const copy = await sandbox.run({ argv: ['cat', 'a/b/ä \n.bin'], outputBytes: 4 * MiB })
    assert.ok(copy.stdout.equals(content))
  })

  test('a link that an earlier stage planted is not followed', async () => {
    await using sandbox = await openSandbox()
    assertExited(await sandbox.shell('ln -s /tmp link; ln -s /tmp/new dangling'))
    for (const path of ['link/new', 'dangling']) {
      sandbox.file(path, 'x')
      const frame = await sandbox.next()
      assert.equal(frame.type, frameType.fileError)
      assert.equal(text(frame.payload.subarray(4)), path)
      const result = await sandbox.run({ argv: ['true'] })
      assert.equal(result.reason, reason.notStarted)
      assert.equal(result.value, frame.payload.readInt32LE(0))
    }
    assert.equal(text((await sandbox.shell('ls /tmp')).stdout), '')
  })

  test('a file that does not fit keeps only the next stage from starting', async () => {
    await using sandbox = await openSandbox({ diskBytes: MiB })
    sandbox.file('large', Buffer.alloc(2 * MiB))
    const frame = await sandbox.next()
    assert.equal(frame.type, frameType.fileError)
    assert.equal(frame.payload.readInt32LE(0), 28)
    assert.equal(text(frame.payload.subarray(4)), 'large')
    assert.equal((await sandbox.run({ argv: ['true'] })).reason, reason.notStarted)
    const next = await sandbox.run({ argv: ['true'] })
    assertExited(next)
    assert.equal(next.limitsHit, limitHit.disk)
  })
})
