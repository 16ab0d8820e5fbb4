import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Run } from '../../sdk/src/types.ts'
import { assertExited, attackedServer, stdoutOf } from './target.ts'

const MiB = 1024 * 1024
const limits = { memoryBytes: 64 * MiB, wallTimeMs: 3000 }

function assertOutOfMemory(run: Run): void {
  assert.deepEqual(run.outcome, { kind: 'out-of-memory', limitBytes: limits.memoryBytes }, JSON.stringify(run.stages))
}

suite('memory', () => {
  const target = attackedServer()

  test('a heap without end is out of memory', async () => {
    const run = await target.python(
      'print("begun", flush=True)\nheap = []\nwhile True: heap.append(bytearray(1 << 20))',
      {
        limits,
      },
    )
    assertOutOfMemory(run)
    assert.equal(stdoutOf(run), 'begun\n')
  })

  test('many small processes together are held to the limit', async () => {
    const source = `
import os, time
for number in range(40):
    if os.fork() == 0:
        memory = bytearray(os.urandom(1 << 22))
        time.sleep(100)
print(os.waitstatus_to_exitcode(os.wait()[1]))
`
    const run = await target.python(source, { limits })
    // Whom the kernel refuses first, a child its memory or the parent one more child, is not said.
    if (run.outcome?.kind !== 'out-of-memory') {
      assertExited(run)
      assert.equal(stdoutOf(run), '-9\n')
      assert.deepEqual(run.stages[0]?.limitsHit, ['memory'])
    }
    assert.ok((run.stages[0]?.usage.memoryPeakBytes ?? Number.NaN) <= limits.memoryBytes)
  })

  test('files in memory count, wherever they are', async () => {
    for (const folder of ['/code', '/tmp']) {
      const source = `for i in 1 2 3; do head -c 50M /dev/zero > ${folder}/$i; done; echo survived`
      assertOutOfMemory(await target.bash(source, { limits: { ...limits, diskBytes: 512 * MiB } }))
    }
  })

  test('/dev/shm is small', async () => {
    const run = await target.bash('head -c 100M /dev/zero > /dev/shm/x; stat -c %s /dev/shm/x', {
      limits: { diskBytes: 512 * MiB },
    })
    assert.match(run.stages[0]?.stderr.content ?? '', /No space left on device/)
    assert.equal(stdoutOf(run), `${16 * MiB}\n`)
    assert.ok(run.stages[0]?.limitsHit.includes('disk'))
  })

  for (const kind of ['memory-file', 'system-v', 'pipes', 'sockets', 'maps'] as const) {
    test(`memory of the kernel's and nobody's (${kind}) does not get past the limit, nor blame us`, async () => {
      const run = await target.c('hidden-memory', { args: [kind], limits })
      assertOutOfMemory(run)
      assert.equal(stdoutOf(run), 'begun\n')
    })
  }

  test('a compiler that is fed without end is stopped', async () => {
    const run = await target.run({
      environment: 'c',
      source: '#include "/dev/zero"\n',
      compile: { limits: { memoryBytes: 64 * MiB, wallTimeMs: 3000 } },
    })
    assert.deepEqual(run.outcome, { kind: 'compile-failed' })
    assert.equal(run.stages.length, 1)
    assert.notEqual(run.stages[0]?.outcome.kind, 'canceled')
  })

  test('what compiling left in memory is not a way past the limit of the run', async () => {
    const run = await target.run({
      environment: 'c',
      source: 'char large[100 << 20] = {1};\nint main(void) { return large[1]; }',
      limits,
    })
    assertOutOfMemory(run)
  })

  test('memory that is only promised is not taken', async () => {
    const run = await target.python('import mmap\nprint(len(mmap.mmap(-1, 1 << 32)))', { limits })
    assertExited(run)
    assert.equal(stdoutOf(run), `${2 ** 32}\n`)
  })
})
