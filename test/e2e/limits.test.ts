import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, suite, test } from 'node:test'
import type { Run, RunSubmission } from '../../sdk/src/types.ts'
import { TestServer } from '../support/server.ts'

const MiB = 1024 * 1024

suite('limits', () => {
  let server: TestServer
  before(async () => {
    server = await TestServer.start()
  })
  after(() => server[Symbol.asyncDispose]())

  async function run(submission: RunSubmission): Promise<Run> {
    const { id } = await server.client.runs.submit(submission)
    return await server.client.runs.wait(id, { signal: AbortSignal.timeout(5 * 60_000) })
  }

  const hello = { environment: 'bash', source: 'echo fine' } as const

  test('an endless loop ends as timed-out, and what it printed is kept', async () => {
    const finished = await run({
      environment: 'python',
      source: 'print("before", flush=True)\nwhile True: pass',
      limits: { wallTimeMs: 1500 },
    })
    assert.deepEqual(finished.outcome, { kind: 'timed-out', clock: 'wall', limitMs: 1500 })
    assert.equal(finished.stages[0]?.stdout.content, 'before\n')
  })

  test('CPU time has a limit of its own', async () => {
    const limits = { cpuTimeMs: 500, wallTimeMs: 20_000 }
    const finished = await run({ environment: 'python', source: 'while True: pass', limits })
    assert.deepEqual(finished.outcome, { kind: 'timed-out', clock: 'cpu', limitMs: 500 })
    const sleeper = await run({ environment: 'bash', source: 'sleep 30', limits: { cpuTimeMs: 200, wallTimeMs: 1000 } })
    assert.deepEqual(sleeper.outcome, { kind: 'timed-out', clock: 'wall', limitMs: 1000 })
  })

  test('too much memory ends as out-of-memory', async () => {
    const finished = await run({ environment: 'python', source: 'print("x", flush=True)\nx = "a" * 10**10' })
    assert.deepEqual(finished.outcome, { kind: 'out-of-memory', limitBytes: 256 * MiB }, JSON.stringify(finished))
    assert.equal(finished.stages[0]?.stdout.content, 'x\n')
  })

  test('as many files as the disk has room for can be used, and more are refused', async () => {
    const limits = { diskBytes: 64 * 1024 }
    const pages = Array.from({ length: 15 }, (_, index) => ({ path: `page${index}`, content: 'x' }))
    const empty = Array.from({ length: 503 }, (_, index) => ({ path: `folder${index}/empty`, content: '' }))
    const files = [{ path: 'main.sh', content: 'find . | wc -l' }, ...pages, ...empty]
    const finished = await run({ environment: 'bash', files, limits })
    assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 }, JSON.stringify(finished))
    assert.equal(finished.stages[0]?.stdout.content, '1024\n')
    const oneMore = [...files, { path: 'more', content: '' }]
    await assert.rejects(run({ environment: 'bash', files: oneMore, limits }), /has 1025 files and folders/)
  })

  test('endless output keeps its first MiB, and the memory of the server does not grow', async () => {
    const yes = { environment: 'bash', source: 'exec yes', limits: { wallTimeMs: 2000 } }
    await run(yes)
    const before = await residentBytes(server.pid)
    const finished = await run({ ...yes, limits: { wallTimeMs: 5000 } })
    const after = await residentBytes(server.pid)
    assert.equal(finished.outcome?.kind, 'timed-out')
    assert.equal(finished.stages[0]?.stdout.truncated, true)
    assert.equal(finished.stages[0]?.stdout.bytes, MiB)
    assert.equal((await server.client.runs.stdout(finished.id)).length, MiB)
    assert.ok(after - before < 64 * MiB, `${before} → ${after}`)
  })

  test('output on both streams without a newline is kept up to the limit of each', async () => {
    const source = 'import sys\nfor i in range(200):\n  sys.stdout.write("o" * 1000); sys.stderr.write("e" * 1000)'
    const finished = await run({ environment: 'python', source, limits: { outputBytes: 100_000 } })
    assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 })
    assert.deepEqual(
      [finished.stages[0]?.stdout.bytes, finished.stages[0]?.stderr.bytes, finished.stages[0]?.stderr.truncated],
      [100_000, 100_000, true],
    )
  })

  test('a fork bomb hits the limit of processes, and the next run is fine', async () => {
    const bomb = await run({ environment: 'bash', source: ':(){ :|:& };:; sleep 1', limits: { wallTimeMs: 4000 } })
    assert.ok(bomb.stages[0]?.limitsHit.includes('processes'), JSON.stringify(bomb.stages))
    const next = await run(hello)
    assert.equal(next.stages[0]?.stdout.content, 'fine\n')
  })

  test('a full disk is told, and nothing else suffers', async () => {
    const source = 'head -c 100000000 /dev/zero > big; echo status $?'
    const finished = await run({ environment: 'bash', source, limits: { diskBytes: 10 * MiB } })
    assert.ok(finished.stages[0]?.limitsHit.includes('disk') || finished.stages[0]?.limitsHit.includes('fileSize'))
    assert.notEqual(finished.stages[0]?.stdout.content, 'status 0\n')
  })

  test('compile and run have limits of their own', async () => {
    // Volatile, or the compiler would see that nobody reads it.
    const source = `#include <stdlib.h>
int main(void) {
  volatile char *bytes = malloc(200 << 20);
  for (long at = 0; at < 200 << 20; at += 4096) bytes[at] = 1;
  return 0;
}
`
    const finished = await run({ environment: 'c', source, limits: { memoryBytes: 64 * MiB } })
    assert.deepEqual(finished.outcome, { kind: 'out-of-memory', limitBytes: 64 * MiB }, JSON.stringify(finished))
    // What compiling left counts as well: files are in memory.
    const big = 'char x[100 << 20] = {1};\nint main(void) { return x[5]; }'
    const large = await run({ environment: 'c', source: big, limits: { memoryBytes: 64 * MiB } })
    assert.deepEqual(large.outcome, { kind: 'out-of-memory', limitBytes: 64 * MiB }, JSON.stringify(large))
    const slow = await run({
      environment: 'c',
      source: 'int main(void) { return 0; }',
      compile: { limits: { wallTimeMs: 1 } },
    })
    assert.deepEqual(slow.outcome, { kind: 'compile-failed' })
    assert.deepEqual(slow.stages[0]?.outcome, { kind: 'timed-out', clock: 'wall', limitMs: 1 })
  })

  test('a canceled run ends at once and keeps its output', async () => {
    const { client } = server
    const { id } = await client.runs.submit({
      environment: 'bash',
      source: 'echo started; sleep 60',
      limits: { wallTimeMs: 60_000 },
    })
    for await (const event of client.runs.events(id)) {
      if (event.type === 'output') await client.runs.cancel(id)
    }
    const finished = await client.runs.get(id)
    assert.deepEqual(finished.outcome, { kind: 'canceled' })
    assert.equal(finished.stages[0]?.stdout.content, 'started\n')
    assert.deepEqual((await client.runs.cancel(id)).outcome, { kind: 'canceled' })
  })
})

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
