import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertExited, assertTimedOut, attackedServer, stdoutOf } from './target.ts'

const second = { wallTimeMs: 1000 }

suite('time', () => {
  const target = attackedServer()

  test('sleeping, stopping oneself and ignoring every signal end with the time', async () => {
    const programs = {
      sleep: 'echo begun; exec sleep infinity',
      stop: 'echo begun; kill -STOP $$; echo continued',
      ignore: 'trap "" $(seq 1 8) $(seq 10 18) $(seq 20 31); echo begun; while :; do :; done',
      'stop everything': 'echo begun; sleep 100 & kill -STOP -1; kill -STOP $$; sleep 100',
    }
    const launched = Object.entries(programs).map(async ([name, source]) => {
      const run = await target.bash(source, { limits: second })
      assertTimedOut(run, 1000)
      assert.equal(stdoutOf(run), 'begun\n', name)
    })
    await Promise.all(launched)
  })

  test('the CPU time of many short processes adds up', async () => {
    const source = 'while :; do (for i in {1..2000}; do :; done); done'
    const run = await target.bash(source, { limits: { cpuTimeMs: 300, wallTimeMs: 20_000 } })
    assert.deepEqual(run.outcome, { kind: 'timed-out', clock: 'cpu', limitMs: 300 })
  })

  test('a program cannot raise its limits', async () => {
    const source = `
import resource
for name in ("CPU", "NOFILE", "FSIZE"):
    limit = getattr(resource, "RLIMIT_" + name)
    soft, hard = resource.getrlimit(limit)
    try: resource.setrlimit(limit, (hard + 1, hard + 1)); print(name, "raised")
    except (OSError, ValueError) as error: print(name, type(error).__name__)
`
    const run = await target.python(source)
    assertExited(run)
    assert.equal(stdoutOf(run), 'CPU ValueError\nNOFILE ValueError\nFSIZE ValueError\n')
  })

  test('a limit of a millisecond is one', async () => {
    assertTimedOut(await target.bash('while :; do :; done', { limits: { wallTimeMs: 1 } }), 1)
  })

  test('a wait in the kernel that no signal should end ends', async () => {
    assertTimedOut(await target.c('vfork', { limits: second }), 1000)
  })
})
