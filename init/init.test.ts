import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fakeCgroup } from './testing/fake-cgroup.ts'
import { encodeFrame, filePayload, frameType, limitHit, numbers, reason, stagePayload } from './testing/frames.ts'
import { openSandbox, type SandboxOptions, type StageResult, type TestSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024
let attackProgram: Buffer

before(() => {
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
  execFileSync(path('../scripts/build-init.sh'), { stdio: ['ignore', 'ignore', 'inherit'] })
  const compiler = process.env.CC ?? 'cc'
  execFileSync(compiler, ['-static', '-O1', '-Wall', '-Wextra', '-o', path('build/attack'), path('testing/attack.c')])
  attackProgram = readFileSync(path('build/attack'))
})

const text = (bytes: Buffer) => bytes.toString('utf8')

function assertExited(result: StageResult, code = 0): void {
  assert.deepEqual(
    { reason: result.reason, value: result.value },
    { reason: reason.exited, value: code },
    text(result.stderr),
  )
}

async function assertStillWorks(sandbox: TestSandbox): Promise<void> {
  const next = await sandbox.shell('echo fine; set -- /proc/[0-9]*; echo $#')
  assertExited(next)
  // init and bash: nothing else is alive.
  assert.equal(text(next.stdout), 'fine\n2\n')
}

async function openWithAttack(options?: SandboxOptions): Promise<TestSandbox> {
  const sandbox = await openSandbox(options)
  sandbox.file('attack', attackProgram, 0o755)
  return sandbox
}

describe('files', () => {
  test('files and folders arrive with their bytes and modes', async () => {
    await using sandbox = await openSandbox()
    const content = randomBytes(3 * MiB)
    sandbox.file('a/b/ä \n.bin', content, 0o640)
    sandbox.file('empty', '', 0o755)
    sandbox.folder('folder/inner', 0o700)
    const modes = await sandbox.shell('stat -c "%a %u %F" a a/b/* empty folder folder/inner')
    assert.equal(
      text(modes.stdout),
      '755 10001 directory\n640 10001 regular file\n755 10001 regular empty file\n755 10001 directory\n700 10001 directory\n',
    )
    const copy = await sandbox.run({ argv: ['cat', 'a/b/ä \n.bin'], outputBytes: 4 * MiB })
    assert.ok(copy.stdout.equals(content))
  })

  test('a link that an earlier stage planted is not followed', async () => {
    await using sandbox = await openSandbox()
    assertExited(await sandbox.shell('ln -s /tmp link; ln -s /tmp/new dangling'))
    for (const path of ['link/new', 'dangling']) {
      sandbox.file(path, 'x')
      const frame = await sandbox.next()
      assert.equal(frame.type, frameType.fileError)
      assert.equal(text(frame.payload.subarray(4)), path)
      const result = await sandbox.run({ argv: ['true'] })
      assert.equal(result.reason, reason.notStarted)
      assert.equal(result.value, frame.payload.readInt32LE(0))
    }
    assert.equal(text((await sandbox.shell('ls /tmp')).stdout), '')
  })

  test('a file that does not fit keeps only the next stage from starting', async () => {
    await using sandbox = await openSandbox({ diskBytes: MiB })
    sandbox.file('large', Buffer.alloc(2 * MiB))
    const frame = await sandbox.next()
    assert.equal(frame.type, frameType.fileError)
    assert.equal(frame.payload.readInt32LE(0), 28)
    assert.equal((await sandbox.run({ argv: ['true'] })).reason, reason.notStarted)
    const next = await sandbox.run({ argv: ['true'] })
    assertExited(next)
    assert.equal(next.limitsHit, limitHit.disk)
  })
})

describe('broken rules', () => {
  const file = (path: string) => encodeFrame(frameType.file, filePayload(path, 0o644, Buffer.from('x')))
  const sleeping = encodeFrame(frameType.stage, stagePayload({ argv: ['sleep', '100'] }))
  const cases: Record<string, Buffer> = {
    'a path that leads out': file('../x'),
    'an absolute path': file('/tmp/x'),
    'an unknown frame': encodeFrame(0x7f),
    'a frame that is too long': numbers(MiB + 1, 0),
    'a file while a stage runs': Buffer.concat([sleeping, file('x')]),
    'a stage while a stage runs': Buffer.concat([sleeping, sleeping]),
    'too much stdin at once': Buffer.concat([sleeping, encodeFrame(frameType.stdin, Buffer.alloc(65_537))]),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    test(`${name} makes init say so and end`, async () => {
      await using sandbox = await openSandbox()
      sandbox.sendBytes(bytes)
      assert.equal((await sandbox.next()).type, frameType.error)
      assert.equal(await sandbox.exitCode(), 70)
    })
  }
})

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

  test('a limit that cannot be set keeps the stage from starting', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.run({ argv: ['true'], openFiles: 0xffff_ffff })
    assert.deepEqual([result.reason, result.value], [reason.notStarted, 1])
    await assertStillWorks(sandbox)
  })
})

describe('stdin', () => {
  test('a large input comes back through cat', async () => {
    await using sandbox = await openSandbox()
    const input = randomBytes(10 * MiB)
    const result = await sandbox.run({ argv: ['cat'], outputBytes: 20 * MiB }, input)
    assertExited(result)
    assert.ok(result.stdout.equals(input))
  })

  test('an input that is never read blocks nothing', async () => {
    await using sandbox = await openSandbox()
    const input = sandbox.input(Buffer.alloc(10 * MiB))
    sandbox.start({ argv: ['bash', '-c', 'echo alive; sleep 100'], wallMs: 500 })
    assert.equal((await sandbox.end()).reason, reason.wallLimit)
    await input
    await sandbox.inputTaken()
    await assertStillWorks(sandbox)
  })

  test('an input that is closed early is dropped', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('head -c 3; exec <&-; echo; echo on', {}, Buffer.alloc(10 * MiB, 'x'))
    assertExited(result)
    assert.equal(text(result.stdout), 'xxx\non\n')
    await sandbox.inputTaken()
  })
})

describe('output', () => {
  test('output beyond the limit is dropped without blocking the program', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('head -c 50000000 /dev/zero; echo short >&2', { outputBytes: 100_000 })
    assertExited(result)
    assert.equal(result.stdout.length, 100_000)
    assert.deepEqual([result.stdoutTruncated, result.stderrTruncated], [true, false])
    assert.equal(text(result.stderr), 'short\n')
  })

  test('output without end keeps its beginning until a limit fires', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('yes & yes >&2', { outputBytes: 65_536, wallMs: 500 })
    assert.equal(result.reason, reason.wallLimit)
    assert.equal(text(result.stdout), 'y\n'.repeat(32_768))
    assert.deepEqual([result.stdoutTruncated, result.stderrTruncated], [true, true])
  })

  test('closing stdout early does not end a stage', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('echo before; exec >&- 2>&-; sleep 0.1; exit 7')
    assertExited(result, 7)
    assert.equal(text(result.stdout), 'before\n')
  })

  test('forged frames are just output', async () => {
    await using sandbox = await openSandbox()
    const forged = Buffer.concat([encodeFrame(frameType.stageExit, Buffer.alloc(35)), encodeFrame(frameType.error)])
    sandbox.file('forged', forged)
    const result = await sandbox.shell('cat forged; cat forged >&2; exit 9')
    assertExited(result, 9)
    assert.ok(result.stdout.equals(forged) && result.stderr.equals(forged))
  })

  test('a program that hides its stdout in a message between sockets does not keep a stage from ending', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'hide-stdout'] })
    assertExited(result)
    assert.equal(text(result.stdout), 'hidden\n')
    await assertStillWorks(sandbox)
  })
})

describe('limits', () => {
  test('the wall limit ends a program that sleeps, with its output so far', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('trap "" TERM; echo begun; sleep 100', { wallMs: 300 })
    assert.equal(result.reason, reason.wallLimit)
    assert.equal(text(result.stdout), 'begun\n')
    assert.ok(result.wallUs >= 300_000n)
  })

  test('a program that stops itself meets the wall limit', async () => {
    await using sandbox = await openSandbox()
    assert.equal((await sandbox.shell('kill -STOP $$', { wallMs: 300 })).reason, reason.wallLimit)
    await assertStillWorks(sandbox)
  })

  test('the CPU limit counts all processes together', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'burn'], cpuMs: 300 })
    assert.equal(result.reason, reason.cpuLimit)
    assert.ok(result.cpuUs >= 300_000n)
    await assertStillWorks(sandbox)
  })

  test('a program that takes all memory is out of memory', async () => {
    await using sandbox = await openWithAttack({ memoryBytes: 64 * MiB })
    const result = await sandbox.run({ argv: ['./attack', 'memory'] })
    assert.equal(result.reason, reason.outOfMemory)
    assert.ok(result.memoryPeakBytes > BigInt(60 * MiB))
    await assertStillWorks(sandbox)
  })

  test('a parent whose child was killed for memory may end well, and it shows', async () => {
    await using sandbox = await openWithAttack({ memoryBytes: 64 * MiB })
    const survived = await sandbox.shell('./attack memory; echo got $?')
    assertExited(survived)
    assert.equal(text(survived.stdout), 'got 137\n')
    assert.equal(survived.limitsHit, limitHit.memory)
    assert.equal((await sandbox.shell('./attack memory')).reason, reason.outOfMemory)
  })

  test("a stage's memory limit below the container's holds too", async () => {
    await using sandbox = await openWithAttack({ memoryBytes: 512 * MiB })
    const result = await sandbox.shell('./attack memory; sleep 100', { memoryBytes: 64 * MiB })
    assert.equal(result.reason, reason.outOfMemory)
    await assertStillWorks(sandbox)
  })

  test('files on tmpfs count as memory', async () => {
    await using sandbox = await openSandbox({ memoryBytes: 48 * MiB })
    const result = await sandbox.shell('cat /dev/zero >a; cat /dev/zero >/tmp/a; cat /dev/zero >/dev/shm/a')
    assert.equal(result.reason, reason.outOfMemory)
  })

  test('a fork bomb hits the limit on processes and harms nothing after it', async () => {
    await using sandbox = await openWithAttack({ processes: 32 })
    const result = await sandbox.run({ argv: ['./attack', 'fork-bomb'], wallMs: 500 })
    assert.equal(result.reason, reason.wallLimit)
    assert.equal(result.limitsHit, limitHit.processes)
    await assertStillWorks(sandbox)
  })

  test('a full disk shows', async () => {
    await using sandbox = await openSandbox({ diskBytes: MiB })
    const result = await sandbox.shell('cat /dev/zero >full')
    assertExited(result, 1)
    assert.equal(result.limitsHit, limitHit.disk)
  })

  test('a disk without free inodes shows', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.run({
      argv: ['perl', '-e', 'my $n = 0; $n++ while open my $file, ">", "/tmp/$n"; exit 3'],
    })
    assertExited(result, 3)
    assert.equal(result.limitsHit, limitHit.disk)
  })

  test('a file that is too large ends a program and shows', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'large-file'], fileSizeBytes: 2 * MiB })
    assert.deepEqual([result.reason, result.value, result.limitsHit], [reason.signaled, 25, limitHit.fileSize])
  })

  test('a program that holds all the open files it may have shows', async () => {
    await using sandbox = await openWithAttack()
    sandbox.start({ argv: ['./attack', 'open-files'], openFiles: 32, wallMs: 500 })
    const result = await sandbox.end()
    assert.equal(text(result.stdout), 'EMFILE\n')
    assert.equal(result.limitsHit, limitHit.openFiles)
  })
})

describe('layouts of cgroups', () => {
  const layouts: Record<string, Record<string, string>> = {
    v1: {
      cpu: 'cpu,cpuacct/cpuacct.usage',
      kills: 'memory/memory.oom_control',
      peak: 'memory/memory.max_usage_in_bytes',
      forks: 'pids/pids.events',
    },
    v2: { cpu: 'cpu.stat', kills: 'memory.events', peak: 'memory.peak', forks: 'pids.events' },
    hybrid: {
      cpu: 'unified/cpu.stat',
      kills: 'memory/memory.oom_control',
      peak: 'unified/memory.peak',
      forks: 'unified/pids.events',
    },
  }
  for (const [name, paths] of Object.entries(layouts)) {
    test(`what ${name} counts is what a stage used`, async () => {
      using folder = fakeCgroup(paths)
      await using sandbox = await openSandbox({ cgroupFolder: folder.path })
      sandbox.start({ argv: ['bash', '-c', 'echo begun; read line; exit 1'] })
      const ended = sandbox.end(() => {
        folder.count({ cpuUs: 7_000_000, kills: 1, peakBytes: 123_456_789, forks: 5 })
        sandbox.send(frameType.stdinEnd)
      })
      const result = await ended
      assert.equal(result.reason, reason.outOfMemory)
      assert.equal(result.limitsHit, limitHit.processes)
      assert.equal(result.memoryPeakBytes, 123_456_789n)
      // Less what init itself used meanwhile.
      assert.ok(result.cpuUs > 6_000_000n && result.cpuUs <= 7_000_000n)
    })

    test(`CPU time in ${name} ends a stage that uses too much of it`, async () => {
      using folder = fakeCgroup(paths)
      await using sandbox = await openSandbox({ cgroupFolder: folder.path })
      sandbox.start({ argv: ['bash', '-c', 'echo begun; sleep 100'], cpuMs: 5000 })
      const result = await sandbox.end(() => folder.count({ cpuUs: 7_000_000, kills: 0, peakBytes: 1, forks: 0 }))
      assert.equal(result.reason, reason.cpuLimit)
    })
  }

  test("without any, the kernel's own count of processes does", async () => {
    using folder = fakeCgroup({})
    await using sandbox = await openSandbox({ cgroupFolder: folder.path })
    const burned = await sandbox.shell('while :; do :; done', { cpuMs: 300 })
    assert.equal(burned.reason, reason.cpuLimit)
    assert.ok(burned.cpuUs >= 300_000n)
    assert.ok(burned.memoryPeakBytes > 0n && burned.memoryPeakBytes < BigInt(64 * MiB))
  })
})

describe('what a stage leaves behind', () => {
  test('daemons are killed before the stage ends', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell(
      'setsid bash -c "(trap \'\' TERM HUP; while :; do sleep 0.01; done) & disown" & (setsid sleep 100 >/dev/null 2>&1 &); wait %1; echo done',
    )
    assertExited(result)
    assert.equal(text(result.stdout), 'done\n')
    await assertStillWorks(sandbox)
  })

  test('a sibling without a signal for its end is killed too', async () => {
    await using sandbox = await openWithAttack()
    assertExited(await sandbox.run({ argv: ['./attack', 'silent-sibling'] }))
    await assertStillWorks(sandbox)
  })

  test('a daemon that holds stdout does not keep a stage from ending', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('sleep 100 & echo out')
    assertExited(result)
    assert.equal(text(result.stdout), 'out\n')
  })
})

describe('attacks on init', () => {
  test('it cannot be read, traced, slowed or starved', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'init'] })
    assertExited(result)
    const lines = text(result.stdout).trimEnd().split('\n')
    assert.equal(lines.length, 19)
    for (const line of lines) assert.match(line, /^[a-z0-9-]+ (EPERM|EACCES|ENOENT)$/)
    await assertStillWorks(sandbox)
  })

  test('no signal reaches it, not even one that the kernel sends', async () => {
    await using sandbox = await openWithAttack()
    assert.equal(text((await sandbox.run({ argv: ['./attack', 'signals'] })).stdout), 'still here\n')
    await assertStillWorks(sandbox)
  })

  test('killing everything ends only the program', async () => {
    await using sandbox = await openSandbox()
    const result = await sandbox.shell('sleep 100 & kill -KILL -1; kill -KILL 1; kill -STOP 1; echo on')
    assertExited(result)
    assert.equal(text(result.stdout), 'on\n')
    await assertStillWorks(sandbox)
  })

  test('a program that wants to be traced by it just goes on', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'traceme'] })
    assertExited(result)
    assert.equal(text(result.stdout), 'went on\n')
  })

  test('the kernel refuses what no program needs', async () => {
    await using sandbox = await openWithAttack()
    const result = await sandbox.run({ argv: ['./attack', 'kernel'] })
    assertExited(result)
    const lines = text(result.stdout).trimEnd().split('\n')
    assert.equal(lines.length, 17)
    for (const line of lines) assert.match(line, /^[a-z0-9-]+ (EPERM|ENOSYS|EAFNOSUPPORT)$/)
  })
})

describe('the end', () => {
  test('the end of stdin ends the container, whatever runs', async () => {
    await using sandbox = await openSandbox()
    sandbox.start({ argv: ['bash', '-c', 'trap "" TERM; echo begun; while :; do :; done'] })
    assert.equal((await sandbox.next()).type, frameType.stdout)
    sandbox.closeInput()
    assert.equal(await sandbox.exitCode(), 0)
  })

  test('the end of its lifetime ends the container, whatever runs', async () => {
    await using sandbox = await openSandbox({ lifetimeSeconds: 1 })
    sandbox.start({ argv: ['sleep', '100'] })
    assert.equal(await sandbox.exitCode(), 75)
  })
})
