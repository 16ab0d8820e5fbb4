import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExited, assertStillWorks, text } from './testing/assertions.ts'
import { frameType, numbers, reason } from './testing/frames.ts'
import { openSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024

describe('stages', () => {
  test('a stage finds what the one before it left', async () => {
    await using sandbox = await openSandbox()
    sandbox.file('source', 'hello')
    assertExited(await sandbox.shell('tr a-z A-Z <source >made'))
    assert.equal(text((await sandbox.shell('cat made')).stdout), 'HELLO')
  })

  test('stdout, stderr and the exit code come out as they were', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('echo out; echo err >&2; exit 41')
    assertExited(result, 41)
    assert.deepEqual([text(result.stdout), text(result.stderr)], ['out\n', 'err\n'])
    assert.ok(result.wallUs > 0n && result.cpuUs > 0n && result.memoryPeakBytes > 0n)
    assert.equal(result.limitsHit, 0)
  })

  test('every byte comes out as it was', async () => {
    await using sandbox = await openSandbox()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    assert.ok((await sandbox.run({ argv: ['cat'] }, bytes)).stdout.equals(bytes))
  })

  test('arguments and variables are exactly those that were sent', async () => {
    await using sandbox = await openSandbox()
    const argv = ['perl', '-e', 'print join("|", @ARGV, map {"$_=$ENV{$_}"} sort keys %ENV)', '', 'ä "\n']
    const result = await sandbox.run({ argv, env: ['B=2 =', 'A='] })
    assert.equal(text(result.stdout), '|ä "\n|A=|B=2 =')
  })

  test('a program starts as one expects to', async () => {
    await using sandbox = await openSandbox()
    const status = await sandbox.shell(
      'grep -E "^(Sig(Blk|Ign)|CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; ls /proc/self/fd; pwd; umask; ulimit -n -c -f; cat /proc/self/oom_score_adj',
      { openFiles: 77, fileSizeBytes: 10 * MiB },
    )
    const lines = text(status.stdout)
      .replaceAll(/[\t ]+/g, ' ')
      .split('\n')
    const zeros = '0000000000000000'
    assert.deepEqual(lines, [
      `SigBlk: ${zeros}`,
      `SigIgn: ${zeros}`,
      `CapEff: ${zeros}`,
      `CapBnd: ${zeros}`,
      'NoNewPrivs: 1',
      'Seccomp: 2',
      // The last one is the folder that ls reads.
      '0',
      '1',
      '2',
      '3',
      '/code',
      '0022',
      'open files (-n) 77',
      'core file size (blocks, -c) 0',
      'file size (blocks, -f) 10240',
      '1000',
      '',
    ])
  })

  test('a program leads a session and a group of its own', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.run({ argv: ['perl', '-e', 'use POSIX; print getpgrp() == $$ ? "group" : "none"'] })
    assert.equal(text(result.stdout), 'group')
  })

  test('a signal of its own ends a program as signaled', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('kill -SEGV $$')
    assert.deepEqual([result.reason, result.value], [reason.signaled, 11])
  })

  test('a signal frame reaches the first process and its group', async () => {
    await using sandbox = await openSandbox()
    sandbox.start({ argv: ['bash', '-c', 'trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.01; done'] })
    const result = await sandbox.end(chunk => {
      if (text(chunk) === 'ready\n') sandbox.send(frameType.signal, numbers(15))
    })
    assertExited(result, 5)
    assert.equal(text(result.stdout), 'ready\ncaught\n')
  })

  test('a kill frame ends a stage with its output so far', async () => {
    await using sandbox = await openSandbox()
    sandbox.start({ argv: ['bash', '-c', 'trap "" TERM INT HUP; echo started; while :; do :; done'] })
    const result = await sandbox.end(() => sandbox.send(frameType.kill))
    assert.equal(result.reason, reason.killed)
    assert.equal(text(result.stdout), 'started\n')
    await assertStillWorks(sandbox)
  })

  test('frames for a stage that has ended do nothing', async () => {
    await using sandbox = await openSandbox()
    assertExited(await sandbox.run({ argv: ['true'] }))
    sandbox.send(frameType.kill)
    sandbox.send(frameType.signal, numbers(9))
    await sandbox.input(Buffer.alloc(1000))
    await sandbox.inputTaken()
    await assertStillWorks(sandbox)
  })
})

describe('programs that cannot be executed', () => {
  const cases = [
    { argv: ['no-such-command'], code: 127, says: 'run-it: no-such-command: command not found\n' },
    { argv: [''], code: 127, says: 'run-it: : command not found\n' },
    { argv: ['./no-such-file'], code: 127, says: 'run-it: ./no-such-file: no such file\n' },
    { argv: ['./plain'], code: 126, says: 'run-it: ./plain: permission denied\n' },
    { argv: ['/tmp'], code: 126, says: 'run-it: /tmp: permission denied\n' },
    { argv: ['./garbage'], code: 126, says: 'run-it: ./garbage: not an executable format\n' },
    { argv: ['./orphan'], code: 127, says: 'run-it: ./orphan: its interpreter was not found\n' },
    {
      argv: ['true', 'a'.repeat(200_000)],
      code: 126,
      says: 'run-it: true: its arguments and variables are too long\n',
    },
  ]
  test('each ends as a shell would end it, and says why', async () => {
    await using sandbox = await openSandbox()
    sandbox.file('plain', 'x')
    sandbox.file('garbage', 'x', 0o755)
    sandbox.file('orphan', '#!/no/such/interpreter\n', 0o755)
    for (const { argv, code, says } of cases) {
      const result = await sandbox.run({ argv })
      assertExited(result, code)
      assert.equal(text(result.stderr), says)
    }
  })

  test('the PATH of the stage is the one that is searched', async () => {
    await using sandbox = await openSandbox()
    sandbox.file('bin/hello', '#!/bin/sh\necho mine\n', 0o755)
    assert.equal(text((await sandbox.run({ argv: ['hello'], env: ['PATH=/nowhere:/code/bin'] })).stdout), 'mine\n')
    assertExited(await sandbox.run({ argv: ['ls'], env: ['PATH=/code/bin'] }), 127)
  })

  test('a folder that an earlier stage shut ends the next one as a program that cannot enter', async () => {
    await using sandbox = await openSandbox()
    assertExited(await sandbox.shell('chmod 0 /code'))
    const result = await sandbox.run({ argv: ['true'] })
    assertExited(result, 126)
    assert.equal(text(result.stderr), 'run-it: /code: permission denied\n')
  })

  test('a limit that cannot be set keeps the stage from starting', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.run({ argv: ['true'], openFiles: 0xffff_ffff })
    assert.deepEqual([result.reason, result.value], [reason.notStarted, 1])
    await assertStillWorks(sandbox)
  })
})
