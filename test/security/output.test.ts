import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { suite, test } from 'node:test'
import { assertExited, assertTimedOut, attackedServer, stdoutOf } from './target.ts'

const MiB = 1024 * 1024
const second = { wallTimeMs: 1000 }

suite('output', () => {
  const target = attackedServer()

  test('output without end on both streams keeps the beginning of each, and no more in the server', async () => {
    const flood = { limits: { ...second, outputBytes: 4 * MiB } }
    await target.bash('yes & exec yes >&2', flood)
    const before = await residentBytes(target.server.pid)
    const run = await target.bash('yes & exec yes >&2', flood)
    const grownBytes = (await residentBytes(target.server.pid)) - before
    assertTimedOut(run, 1000)
    for (const stream of [run.stages[0]?.stdout, run.stages[0]?.stderr]) {
      assert.deepEqual([stream?.bytes, stream?.truncated], [4 * MiB, true])
    }
    assert.ok(grownBytes < 128 * MiB, `${grownBytes} bytes`)
  })

  test('a line without end is cut like any other output', async () => {
    const run = await target.bash("exec tr '\\0' x < /dev/zero", { limits: { ...second, outputBytes: 100_000 } })
    assertTimedOut(run, 1000)
    assert.equal(stdoutOf(run), 'x'.repeat(100_000))
    assert.equal(run.stages[0]?.stdout.truncated, true)
  })

  test('single bytes on two streams in turn are gathered into few events', async () => {
    const run = await target.c('byte-by-byte')
    assertExited(run)
    assert.equal(stdoutOf(run), 'o'.repeat(200_000))
    assert.equal(run.stages.at(-1)?.stderr.content, 'e'.repeat(200_000))
    let events = 0
    for await (const event of target.server.client.runs.events(run.id)) if (event.type === 'output') events += 1
    assert.ok(events < 2000, `${events} events`)
  })

  test('closing its streams takes a program out of nothing', async () => {
    const run = await target.bash('echo before; exec <&- >&- 2>&-; sleep 0.2; exit 7')
    assertExited(run, 7)
    assert.equal(stdoutOf(run), 'before\n')
    assertTimedOut(await target.bash('exec <&- >&- 2>&-; sleep 100', { limits: second }), 1000)
  })

  test('a stdin that is never read holds up nothing', async () => {
    const run = await target.bash('echo alive; exit 2', { stdin: 'x'.repeat(8 * MiB) })
    assertExited(run, 2)
    assertTimedOut(await target.bash('sleep 100', { stdin: 'x'.repeat(8 * MiB), limits: second }), 1000)
  })

  test('a pipe of its own making does not confuse who reads it', async () => {
    const source = `
import fcntl, os
F_SETPIPE_SZ = 1031
for fd in (1, 2):
    fcntl.fcntl(fd, F_SETPIPE_SZ, 1 << 20)
os.write(1, b"a" * 500_000)
fcntl.fcntl(1, fcntl.F_SETFL, os.O_DIRECT | os.O_NONBLOCK)
sent = 0
while sent < 1000:
    try: sent += os.write(1, b"b")
    except BlockingIOError: pass
fcntl.fcntl(2, F_SETPIPE_SZ, 4096)
os.set_blocking(2, True)
os.write(2, b"c" * 100_000)
`
    const run = await target.python(source)
    assertExited(run)
    assert.equal(stdoutOf(run), 'a'.repeat(500_000) + 'b'.repeat(1000))
    assert.equal(run.stages[0]?.stderr.content, 'c'.repeat(100_000))
  })

  test('reading its own stdout takes a program nothing but its output', async () => {
    const run = await target.bash('timeout 0.3 cat /proc/self/fd/1 > /dev/null & echo x; wait; echo end; exit 6')
    assertExited(run, 6)
    assert.match(stdoutOf(run), /end\n$/)
  })

  test('a stdout that is hidden in a message between sockets does not keep a stage from ending', async () => {
    const source = `
import array, os, socket
left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
held = array.array("i", [1, left.fileno(), right.fileno()])
print("hidden", flush=True)
left.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, held)])
`
    const run = await target.python(source)
    assertExited(run)
    assert.equal(stdoutOf(run), 'hidden\n')
  })
})

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
