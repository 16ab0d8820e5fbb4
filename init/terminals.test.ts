import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExited, assertStillWorks, text } from './testing/assertions.ts'
import { frameType, numbers, reason, sizeBytes } from './testing/frames.ts'
import { openSandbox, type TestSandbox } from './testing/sandbox.ts'

const terminal = { columns: 91, rows: 17 }
const MiB = 1024 * 1024

/** A stage whose output can be waited for while it runs. */
function startShell(sandbox: TestSandbox, script: string, options: object = {}) {
  sandbox.start({ argv: ['bash', '-c', script], terminal, ...options })
  let seen = ''
  let check = () => {}
  const end = sandbox.end(chunk => {
    seen += text(chunk)
    check()
  })
  return {
    end,
    type: (keys: string) => sandbox.send(frameType.stdin, Buffer.from(keys)),
    output: (wanted: string | RegExp) =>
      Promise.race([
        new Promise<void>(resolve => {
          check = () => (typeof wanted === 'string' ? seen.includes(wanted) : wanted.test(seen)) && resolve()
          check()
        }),
        end.then(() => assert.fail(`ended before ${wanted}: ${JSON.stringify(seen)}`)),
      ]),
  }
}

describe('terminals', () => {
  test('a program has a terminal of its own, of the size that was asked for', async () => {
    await using sandbox = await openSandbox()
    const stage = startShell(
      sandbox,
      'tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo all; echo e >&2; ls /dev/pts',
    )
    const result = await stage.end
    assertExited(result)
    assert.equal(text(result.stdout), '/dev/pts/0\r\n17 91\r\nall\r\ne\r\n0  ptmx\r\n')
    assert.equal(text(result.stderr), '')
  })

  test('what is typed is echoed and read, line by line', async () => {
    await using sandbox = await openSandbox()
    const stage = startShell(sandbox, 'read -r -p "Name? " name; echo "Hello, $name!"')
    await stage.output('Name? ')
    stage.type('Ada\x7f\x7fnn\r')
    const result = await stage.end
    assert.equal(text(result.stdout), 'Name? Ada\b \b\b \bnn\r\nHello, Ann!\r\n')
  })

  test('Ctrl-C interrupts the foreground, and the program goes on', async () => {
    await using sandbox = await openSandbox()
    const stage = startShell(sandbox, 'trap "echo caught" INT; echo ready; read -r; echo still here')
    await stage.output('ready')
    stage.type('\x03')
    await stage.output('caught')
    stage.type('\r')
    assertExited(await stage.end)
  })

  test('a signal goes to the group in the foreground', async () => {
    await using sandbox = await openSandbox()
    const stage = startShell(sandbox, 'set -m; sh -c "echo inner; exec sleep 100"; echo "ended with $?"')
    await stage.output('inner')
    sandbox.send(frameType.signal, numbers(15))
    await stage.output('ended with 143')
    assertExited(await stage.end)
  })

  test('a change of size is told by SIGWINCH', async () => {
    await using sandbox = await openSandbox()
    const stage = startShell(sandbox, 'trap "stty size" WINCH; echo ready; read -r; read -r')
    await stage.output('ready')
    sandbox.send(frameType.resize, sizeBytes({ columns: 40, rows: 7 }))
    stage.type('\r')
    await stage.output('7 40')
    stage.type('\r')
    await stage.end
  })

  test('the end of input is one, after a whole line and after half a one', async () => {
    await using sandbox = await openSandbox()
    for (const typed of ['', 'line\n', 'half']) {
      const stage = startShell(sandbox, 'stty -echo; echo ready; cat; echo over')
      await stage.output('ready')
      stage.type(typed)
      sandbox.send(frameType.stdinEnd)
      const result = await stage.end
      assertExited(result)
      assert.equal(text(result.stdout), `ready\r\n${typed.replace('\n', '\r\n')}over\r\n`)
    }
  })

  test('a program that turns everything off gets every byte', async () => {
    await using sandbox = await openSandbox()
    const stage = startShell(sandbox, 'stty raw -echo; echo ready; head -c 5 | od -An -tx1')
    await stage.output('ready')
    stage.type('\x03\x04\x1a\r\x1c')
    await stage.output('03 04 1a 0d 1c')
    await stage.end
  })

  test('much output comes whole, also what was written just before the end', async () => {
    await using sandbox = await openSandbox()
    for (let round = 0; round < 5; round++) {
      const result = await startShell(sandbox, 'stty -onlcr; exec seq 200000', { outputBytes: 4 * MiB }).end
      const lines = text(result.stdout).split('\n')
      assert.equal(lines.length, 200_001)
      assert.equal(lines.at(-2), '200000')
    }
  })

  test('a flood is dropped without blocking the program', async () => {
    await using sandbox = await openSandbox()
    const result = await startShell(sandbox, 'head -c 20000000 /dev/zero; exit 4', { outputBytes: 1000 }).end
    assertExited(result, 4)
    assert.deepEqual([result.stdout.length, result.stdoutTruncated], [1000, true])
  })

  test('a program that reads nothing holds back what is typed, and nothing else', async () => {
    await using sandbox = await openSandbox()
    const stage = startShell(sandbox, 'stty raw -echo; echo ready; sleep 100', { wallMs: 1500 })
    await stage.output('ready')
    const input = sandbox.input(Buffer.alloc(MiB, 'x'))
    assert.equal((await stage.end).reason, reason.wallLimit)
    await input
    await sandbox.inputTaken()
    await assertStillWorks(sandbox)
  })

  test('a program that closes its terminal can open it again, and ends when it ends', async () => {
    await using sandbox = await openSandbox()
    const script = 'me=$(tty); exec <&- >&- 2>&-; sleep 0.1; echo back >$me; sleep 0.1; exit 3'
    const result = await startShell(sandbox, script).end
    assertExited(result, 3)
    assert.equal(text(result.stdout), 'back\r\n')
  })

  test('input for a terminal that nobody has open keeps nobody busy', async () => {
    await using sandbox = await openSandbox()
    const stage = startShell(sandbox, 'exec <&- >&- 2>&-; sleep 1', {})
    await sandbox.input(Buffer.alloc(60_000, 'x'))
    const result = await stage.end
    assertExited(result)
    assert.ok(result.cpuUs < 300_000n, String(result.cpuUs))
  })

  test('a stage without a terminal after one with has none', async () => {
    await using sandbox = await openSandbox()
    await startShell(sandbox, 'sleep 100 & disown; true').end
    const result = await sandbox.shell('tty; ls /dev/pts; (echo x >/dev/tty) 2>/dev/null || echo none')
    assert.equal(text(result.stdout), 'not a tty\nptmx\nnone\n')
    await assertStillWorks(sandbox)
  })

  test('what a program leaves behind on its terminal is ended with it', async () => {
    await using sandbox = await openSandbox()
    assertExited(await startShell(sandbox, '(trap "" HUP; sleep 100) & sleep 0.1; exit 0').end)
    await assertStillWorks(sandbox)
  })
})
