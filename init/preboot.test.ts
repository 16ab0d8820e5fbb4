import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExited, text } from './testing/assertions.ts'
import { frameType, prebootPayload, type StageOptions } from './testing/frames.ts'
import { openSandbox, type TestSandbox } from './testing/sandbox.ts'

const script = 'exec 3<main; echo up; cat <&3; exec 3<&-; echo; ls -l main | cut -c 1; ls -A; cat main | wc -c; cat'
const stage: StageOptions = { argv: ['bash', '-c', script], env: ['PATH=/bin:/usr/bin'] }

/** Tells the errno that it was answered with. */
async function preboot(sandbox: TestSandbox, changes: Partial<StageOptions> = {}): Promise<number> {
  sandbox.send(frameType.preboot, prebootPayload('main', { ...stage, ...changes }))
  const answer = await sandbox.next()
  assert.equal(answer.type, frameType.prebooted)
  assert.equal(answer.payload.length, 12)
  return answer.payload.readUInt32LE(0)
}

async function plainOutput(source: string, input?: Buffer): Promise<string> {
  await using sandbox = await openSandbox()
  sandbox.folder('.out', 0o755)
  sandbox.file('main', source)
  sandbox.file('other', 'other')
  const result = await sandbox.run(stage, input)
  assertExited(result)
  return text(result.stdout)
}

describe('a program that was started ahead', () => {
  for (const [name, source] of Object.entries({
    'a short source': 'source',
    'an empty source': '',
    'a source larger than a pipe': 'line\n'.repeat(200_000),
  })) {
    test(`does with ${name} what one does that was not`, async () => {
      await using sandbox = await openSandbox()
      assert.equal(await preboot(sandbox), 0)
      sandbox.folder('.out', 0o755)
      sandbox.file('main', source)
      sandbox.file('other', 'other')
      const input = Buffer.from('input')
      const result = await sandbox.run({ ...stage, wallMs: 9_999, memoryBytes: 2 ** 29, continues: true }, input)
      assertExited(result)
      assert.equal(text(result.stdout), await plainOutput(source, input))
    })
  }

  test('does not count what it did before', async () => {
    const busy = 'for ((i = 0; i < 200000; i++)); do :; done; cat main'
    await using sandbox = await openSandbox()
    assert.equal(await preboot(sandbox, { argv: ['bash', '-c', busy] }), 0)
    sandbox.file('main', '')
    const result = await sandbox.run({ ...stage, argv: ['bash', '-c', busy], continues: true })
    assertExited(result)
    assert.ok(result.cpuUs < 100_000n, `${result.cpuUs}`)
  })

  for (const [name, changes] of Object.entries({
    'is not asked to go on': { continues: false },
    'has other arguments': { argv: [...stage.argv, 'more'] },
    'has other variables': { env: ['PATH=/bin:/usr/bin', 'A=b'] },
    'may open other numbers of files': { openFiles: 99 },
    'may write other sizes': { fileSizeBytes: 4096 },
    'may use another time': { cpuMs: 3_000 },
    'has a terminal': { terminal: { columns: 80, rows: 24 } },
  } satisfies Record<string, Partial<StageOptions>>)) {
    test(`is killed before a stage that ${name}, which starts plainly`, async () => {
      await using sandbox = await openSandbox()
      assert.equal(await preboot(sandbox), 0)
      sandbox.file('main', 'source')
      sandbox.start({ ...stage, continues: true, ...changes })
      sandbox.send(frameType.stdinEnd)
      sandbox.send(frameType.stdin, Buffer.from([4]))
      const result = await sandbox.end()
      assertExited(result)
      const [up, source] = text(result.stdout).split(/\r?\n/)
      assert.deepEqual([up, source], ['up', 'source'])
      assert.equal(text((await sandbox.shell('set -- /proc/[0-9]*; echo $#')).stdout), '2\n')
    })
  }

  test('leaves nothing behind when it gets no source, or a kill', async () => {
    for (const withKill of [true, false]) {
      await using sandbox = await openSandbox()
      assert.equal(await preboot(sandbox), 0)
      if (withKill) sandbox.send(frameType.kill)
      const result = await sandbox.shell('ls -A; set -- /proc/[0-9]*; echo $#', { continues: true })
      assert.equal(text(result.stdout), '2\n')
    }
  })

  test('that ends too early, or is not there, is told, and stages go on', async () => {
    await using sandbox = await openSandbox()
    assert.equal(await preboot(sandbox, { argv: ['true'] }), 10)
    assert.equal(await preboot(sandbox, { argv: ['/not/there'] }), 10)
    sandbox.send(frameType.preboot, prebootPayload('main', { ...stage, argv: ['sleep', '100'] }))
    sandbox.file('main', 'source')
    assert.deepEqual((await sandbox.next()).payload.readUInt32LE(0), 125)
    const result = await sandbox.run({ ...stage, continues: true })
    assert.match(text(result.stdout), /up\nsource\n/)
  })

  test('that dies while it waits is not missed', async () => {
    await using sandbox = await openSandbox()
    const argv = ['bash', '-c', 'exec 3<main; kill -9 $$']
    assert.equal(await preboot(sandbox, { argv }), 0)
    sandbox.file('main', 'source')
    const result = await sandbox.run({ ...stage, continues: true })
    assert.match(text(result.stdout), /up\nsource\n/)
  })

  test('has a source in the working folder itself, and no flags', async () => {
    const payloads = [
      prebootPayload('a/b', stage),
      prebootPayload('..', stage),
      prebootPayload('main', { ...stage, continues: true }),
      prebootPayload('main', stage).subarray(0, 40),
      Buffer.alloc(3),
    ]
    for (const payload of payloads) {
      await using sandbox = await openSandbox()
      sandbox.send(frameType.preboot, payload)
      assert.equal((await sandbox.next()).type, frameType.error)
      assert.equal(await sandbox.exitCode(), 70)
    }
  })
})
