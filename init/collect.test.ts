import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { assertExited, assertStillWorks, text } from './testing/assertions.ts'
import { frameType, numbers, readPayload } from './testing/frames.ts'
import { openSandbox, type TestSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024
const missedMore = 1
const missedDeep = 2
const missedShut = 4
const errno = { noEntry: 2, access: 13, invalid: 22, loop: 40 }

async function list(sandbox: TestSandbox, entries = 10_000, depth = 32, pathBytes = 1024) {
  sandbox.send(frameType.list, numbers(entries, depth, pathBytes, 10_000))
  const files = new Map<string, bigint>()
  for (;;) {
    const { type, payload } = await sandbox.next()
    if (type === frameType.listEnd) return { files, missed: payload.readUInt32LE(0) }
    assert.equal(type, frameType.entry)
    files.set(payload.toString('latin1', 8), payload.readBigUInt64LE(0))
  }
}

async function read(sandbox: TestSandbox, path: string, maxBytes = 64 * MiB) {
  sandbox.send(frameType.read, readPayload(path, maxBytes))
  return await answer(sandbox)
}

async function answer(sandbox: TestSandbox) {
  const chunks: Buffer[] = []
  for (;;) {
    const { type, payload } = await sandbox.next()
    if (type === frameType.readEnd) {
      return { bytes: Buffer.concat(chunks), error: payload.readUInt32LE(0), truncated: payload.readUInt8(4) === 1 }
    }
    assert.equal(type, frameType.readData)
    chunks.push(payload)
  }
}

describe('what programs leave', () => {
  test('regular files are listed and read, to the byte', async () => {
    await using sandbox = await openSandbox()
    const content = randomBytes(3 * MiB + 17)
    sandbox.file('data/in.bin', content)
    assertExited(await sandbox.shell('cp data/in.bin copy.bin; mkdir -p out/deep; echo hi > out/deep/ä.txt; : > empty'))
    const { files, missed } = await list(sandbox)
    const size = BigInt(content.length)
    assert.deepEqual(
      [...files].toSorted(),
      [
        ['copy.bin', size],
        ['data/in.bin', size],
        ['empty', 0n],
        [Buffer.from('out/deep/ä.txt').toString('latin1'), 3n],
      ].toSorted(),
    )
    assert.equal(missed, 0)
    const copy = await read(sandbox, 'copy.bin')
    assert.ok(copy.bytes.equals(content))
    assert.deepEqual({ error: copy.error, truncated: copy.truncated }, { error: 0, truncated: false })
    assert.equal(text((await read(sandbox, 'out/deep/ä.txt')).bytes), 'hi\n')
    const cut = await read(sandbox, 'copy.bin', 100_000)
    assert.ok(cut.truncated && cut.bytes.equals(content.subarray(0, 100_000)))
    await assertStillWorks(sandbox)
  })

  test('many files can be asked for without waiting, and come in that order, with what follows after them', async () => {
    await using sandbox = await openSandbox()
    assertExited(
      await sandbox.shell('for i in {0..199}; do head -c $((i * 500)) /dev/zero | tr "\\0" $((i % 10)) > f$i; done'),
    )
    for (let index = 0; index < 200; index++) sandbox.send(frameType.read, readPayload(`f${index}`, 1000 * MiB))
    sandbox.start({ argv: ['echo', 'after'] })
    for (let index = 0; index < 200; index++) {
      const { bytes, error } = await answer(sandbox)
      assert.deepEqual([error, bytes.equals(Buffer.alloc(index * 500, String(index % 10)))], [0, true], `f${index}`)
    }
    assert.equal(text((await sandbox.end()).stdout), 'after\n')
  })

  test('what is no regular file is neither listed nor read', async () => {
    await using sandbox = await openSandbox()
    const script = [
      'ln -s /etc/passwd link; ln -s / root; ln -s loop loop; mkfifo fifo; ln fifo hard-fifo; mknod device c 1 3',
      'perl -MSocket -e \'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("socket"))\'',
      'mkdir folder; echo x > file; ln file hard; chmod 0 folder; true',
    ]
    assertExited(await sandbox.shell(script.join('\n')))
    const { files, missed } = await list(sandbox)
    assert.deepEqual([...files.keys()].toSorted(), ['file', 'hard'])
    assert.equal(missed, missedShut)
    for (const [path, error] of [
      ['link', errno.loop],
      ['root/etc/passwd', 20],
      ['loop', errno.loop],
      ['fifo', errno.invalid],
      ['hard-fifo', errno.invalid],
      ['socket', 6],
      ['none', errno.noEntry],
    ] as const) {
      assert.deepEqual(await read(sandbox, path), { bytes: Buffer.alloc(0), error, truncated: false }, path)
    }
  })

  test('folders without end, files without number and names of every byte are bounded', async () => {
    await using sandbox = await openSandbox({ diskBytes: 64 * MiB })
    const script = [
      'perl -e \'for (1..3000) { mkdir "d"; chdir "d" }\'',
      'perl -e \'for $b (1..255) { next if $b == 47; open F, ">", "n" . chr($b); close F }\'',
      'chmod 0 na',
    ]
    assertExited(await sandbox.shell(script.join('\n')))
    const all = await list(sandbox)
    assert.equal(all.files.size, 254)
    assert.equal(all.missed, missedDeep)
    assert.ok(all.files.has('n\n') && all.files.has('n\xff'))
    assert.equal((await read(sandbox, 'na')).error, errno.access)
    const some = await list(sandbox, 100)
    assert.ok(some.files.size <= 100 && some.files.size >= 99)
    assert.equal(some.missed, missedMore)
    await assertStillWorks(sandbox)
  })

  test('a file that only says that it is large is told as large, and read as far as asked', async () => {
    await using sandbox = await openSandbox()
    assertExited(await sandbox.run({ argv: ['truncate', '-s', '1T', 'sparse'], fileSizeBytes: 2 ** 41 }))
    const { files } = await list(sandbox)
    assert.equal(files.get('sparse'), 2n ** 40n)
    const { bytes, truncated } = await read(sandbox, 'sparse', 200_000)
    assert.deepEqual([bytes.length, truncated], [200_000, true])
  })

  test('a folder that a program shut holds nothing back but what is in it', async () => {
    await using sandbox = await openSandbox()
    assertExited(await sandbox.shell('echo x > file; chmod 0 /code'))
    assert.deepEqual(await list(sandbox), { files: new Map(), missed: missedShut })
  })
})
