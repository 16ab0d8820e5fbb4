import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertExited, assertTimedOut, attackedServer, stdoutOf } from './target.ts'

const second = { wallTimeMs: 1000 }

suite('processes', () => {
  const target = attackedServer()

  test('a fork bomb hits the limit and ends with its time', async () => {
    const bomb = await target.bash('bomb() { bomb | bomb & }; bomb; while :; do sleep 1; done', { limits: second })
    assertTimedOut(bomb, 1000)
    assert.ok(bomb.stages[0]?.limitsHit.includes('processes'))
  })

  test('a fork bomb of as many processes as one may ask for ends as well', async () => {
    const bomb = await target.c('fork-bomb', { limits: { wallTimeMs: 5000, cpuTimeMs: 600_000, processes: 1024 } })
    assertTimedOut(bomb, 5000)
    assert.ok(bomb.stages.at(-1)?.limitsHit.includes('processes'))
  })

  test('daemons that left every group and hold stdout end with their stage', async () => {
    const source = `
import os, signal, time
for number in range(20):
    if os.fork() == 0:
        os.setsid()
        for ignored in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(ignored, signal.SIG_IGN)
        if os.fork() == 0:
            time.sleep(100)
        os._exit(0)
while True:
    try: os.wait()
    except ChildProcessError: break
print("left them", flush=True)
os._exit(5)
`
    const run = await target.python(source, { limits: { wallTimeMs: 60_000 } })
    assertExited(run, 5)
    assert.equal(stdoutOf(run), 'left them\n')
  })

  test('zombies and orphans are no burden', async () => {
    const source = `
import os
for number in range(50):
    if os.fork() == 0: os._exit(0)
for number in range(2000):
    child = os.fork()
    if child == 0:
        if os.fork() == 0: os._exit(0)
        os._exit(0)
    os.waitpid(child, 0)
print("done")
`
    const run = await target.python(source)
    assertExited(run)
    assert.equal(stdoutOf(run), 'done\n')
  })

  test('killing everything ends only the program', async () => {
    const run = await target.bash(
      'sleep 100 & kill -KILL -1; kill -KILL 1; kill -STOP 1; kill -TERM 1; echo on; exit 4',
    )
    assertExited(run, 4)
    assert.equal(stdoutOf(run), 'on\n')
  })

  test('processes that stop for init as their tracer do not keep it from the limits', async () => {
    const storm = await target.c('stop-storm', { limits: { ...second, processes: 128 } })
    assertTimedOut(storm, 1000)
    assert.equal(stdoutOf(storm), 'begun\n')
  })

  test('processes that trace each other die like any others', async () => {
    const run = await target.c('trace-each-other', { limits: second })
    assertTimedOut(run, 1000)
    assert.equal(stdoutOf(run), 'exits EINVAL\ncycle closed\n')
  })

  test('a busy loop on every core takes the share of one, and leaves others theirs', async () => {
    const source = 'for i in 1 2 3 4; do while :; do :; done & done; echo spinning; wait'
    const id = await target.launch({ environment: 'bash', source, limits: second })
    await target.hasPrinted(id, 'spinning')
    assertExited(await target.bash('echo beside it'))
    const busy = await target.finished(id)
    assertTimedOut(busy, 1000)
    const { wallTimeMs = 0, cpuTimeMs = Number.NaN } = busy.stages[0]?.usage ?? {}
    assert.ok(cpuTimeMs < 1.3 * wallTimeMs, `${cpuTimeMs} ms of CPU in ${wallTimeMs} ms`)
  })

  test('a cancel ends a fork bomb', async () => {
    const source = 'echo begun; bomb() { bomb | bomb & }; bomb; while :; do sleep 1; done'
    const id = await target.launch({ environment: 'bash', source, limits: { wallTimeMs: 60_000, cpuTimeMs: 60_000 } })
    await target.hasPrinted(id, 'begun')
    await target.server.client.runs.cancel(id)
    assert.deepEqual((await target.finished(id)).outcome, { kind: 'canceled' })
  })
})
