import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeFrame, filePayload, frameType, numbers, readPayload, stagePayload } from './testing/frames.ts'
import { openSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024

describe('broken rules', () => {
  const file = (path: string) => encodeFrame(frameType.file, filePayload(path, 0o644, Buffer.from('x')))
  const sleeping = encodeFrame(frameType.stage, stagePayload({ argv: ['sleep', '100'] }))
  const cases: Record<string, Buffer> = {
    'a path that leads out': file('../x'),
    'an absolute path': file('/tmp/x'),
    'an unknown frame': encodeFrame(0x7f),
    'a frame that is too long': numbers(MiB + 1, 0),
    'a file while a stage runs': Buffer.concat([sleeping, file('x')]),
    'a stage while a stage runs': Buffer.concat([sleeping, sleeping]),
    'a terminal without a size': encodeFrame(
      frameType.stage,
      stagePayload({ argv: ['true'], terminal: { columns: 80, rows: 0 } }),
    ),
    'a list while a stage runs': Buffer.concat([sleeping, encodeFrame(frameType.list, numbers(1, 1, 1, 1))]),
    'a read that leads out': encodeFrame(frameType.read, readPayload('../etc/passwd', 100)),
    'a snapshot while a stage runs': Buffer.concat([sleeping, encodeFrame(frameType.snapshot)]),
    'a restore without a snapshot': encodeFrame(frameType.restore),
    'too much stdin at once': Buffer.concat([sleeping, encodeFrame(frameType.stdin, Buffer.alloc(65_537))]),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    test(`${name} makes init say so and end`, async () => {
      await using sandbox = await openSandbox()
      sandbox.sendBytes(bytes)
      assert.equal((await sandbox.next()).type, frameType.error)
      assert.equal(await sandbox.exitCode(), 70)
    })
  }
})
