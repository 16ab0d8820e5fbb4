import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { answersOf, assertExited, attackedServer } from './target.ts'

const kinds = ['timers', 'messages', 'watches', 'descriptors', 'pipes']

suite('neighbours', () => {
  const target = attackedServer()

  test('what the kernel counts per user runs out for nobody else', async () => {
    const source = readFileSync(new URL('programs/per-user.c', import.meta.url), 'utf8')
    const limits = { wallTimeMs: 60_000, cpuTimeMs: 60_000, openFiles: 4096, memoryBytes: 512 * 1024 * 1024 }
    const greedy = await target.launch({ environment: 'c', source, args: ['take'], limits })
    await target.hasPrinted(greedy, 'taken')
    const beside = await target.c('per-user')
    assertExited(beside)
    assert.deepEqual(answersOf(beside), Object.fromEntries(kinds.map(kind => [kind, 'ok'])))
    await target.server.client.runs.cancel(greedy)
    const canceled = await target.finished(greedy)
    assert.deepEqual(canceled.outcome, { kind: 'canceled' })
    // It had really taken them all.
    const { taken: _, ...answers } = answersOf(canceled)
    for (const kind of kinds) assert.match(answers[kind] ?? '', /^E[A-Z]+$/, kind)
  })

  test('nothing of a run is there in the next', async () => {
    const leave = `
mkdir -p /tmp/left /dev/shm/left; touch /code/left /tmp/left/x; sleep 100 & disown
echo "$$ $(id -u)"; cat /proc/sys/kernel/random/boot_id > /dev/null; ls -A /code /tmp /dev/shm | grep -v -E '^$|:$'`
    const look = 'ls -A /code /tmp /dev/shm | grep -v -E "^$|:$"; set -- /proc/[0-9]*; echo $#; ls /dev/mqueue'
    assertExited(await target.bash(leave))
    const next = await target.bash(look)
    assert.equal(next.stages[0]?.stdout.content, '.out\nmain.sh\n2\n')
  })
})
