import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertExited, text } from './testing/assertions.ts'
import { frameType } from './testing/frames.ts'
import { openSandbox, type TestSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024

/** Everything that a program can see of the folders that it may write to. */
const look =
  'stat -c "%n %A %s %Y" /code /tmp /dev/shm; find /code /tmp /dev/shm -mindepth 1 ! -type d -printf "%p %m %s %T@ %l\\n" | sort; find /code /tmp /dev/shm -mindepth 1 -type d -printf "%p %m %T@\\n" | sort; cat /code/main /code/data/*; ipcs | grep -c 0x; ls -A /dev/mqueue'

async function openWithSnapshot(options?: Parameters<typeof openSandbox>[0]): Promise<TestSandbox> {
  const sandbox = await openSandbox(options)
  sandbox.folder('.out', 0o755)
  sandbox.file('main', 'main\n', 0o755)
  sandbox.file('data/shut', 'shut\n', 0o400)
  sandbox.file('data/large', Buffer.alloc(300_000, 'large\n'))
  assertExited(
    await sandbox.shell(
      'ln -s ../main data/link; mkdir -p deep/er; chmod 511 deep/er; mkfifo pipe; echo built > .out/built',
    ),
  )
  const { errno, bytes } = await sandbox.clean(frameType.snapshot)
  assert.equal(errno, 0)
  assert.ok(bytes > 300_000n && bytes < 400_000n, `${bytes} bytes`)
  return sandbox
}

async function restored(sandbox: TestSandbox): Promise<string> {
  assert.equal((await sandbox.clean(frameType.restore)).errno, 0)
  const seen = await sandbox.shell(look)
  assert.equal(text(seen.stderr), '')
  return text(seen.stdout)
}

describe('a restored sandbox', () => {
  test('is what it was at the snapshot', async () => {
    await using sandbox = await openWithSnapshot()
    const first = await restored(sandbox)
    assert.match(first, /^\/code drwxr-xr-x/)
    assert.match(first, /\/code\/.out\/built 644 6 /)
    assert.match(first, /\/code\/data\/link 777 7 [\d.]+ \.\.\/main/)
    assert.match(first, /\/code\/deep\/er 511 /)
    assert.ok(!first.includes('pipe'))
    assert.equal(await restored(sandbox), first)
  })

  const marks: Record<string, string> = {
    'files everywhere': 'for folder in /code /code/.out /tmp /dev/shm; do echo mark > $folder/mark; done',
    'changed files': 'echo changed > main; rm -rf data .out; ln -s /etc data; echo x > deep/x',
    'changed times': 'touch -d @1 /code /tmp /dev/shm main data',
    'shut folders': 'mkdir -p /tmp/a/b; touch /tmp/a/b/c; chmod 0 /tmp/a/b /tmp/a deep main /code /tmp /dev/shm',
    'other modes': 'chmod 7777 /code /tmp /dev/shm main',
    'hard links': 'ln main /code/other; ln data/shut /code/.out/hard; chmod 777 main',
    'pipes, links and odd names':
      'mkfifo /tmp/p; ln -s / /tmp/root; ln -s loop /tmp/loop; touch "$(printf "/tmp/a\\nb\\377")" "/tmp/-rf"',
    attributes:
      'setfattr -n user.mark -v 1 /code 2>/dev/null; setfacl -d -m u:1:rwx /code 2>/dev/null; chattr +dA /code 2>/dev/null; true',
    daemons: '(setsid bash -c "while :; do echo mark > /tmp/mark; done" &) ; sleep 0.1',
    'a full disk':
      'head -c 1G /dev/zero > /code/full; head -c 1G /dev/zero > /tmp/full; head -c 1G /dev/zero > /dev/shm/full; true',
  }
  for (const [name, script] of Object.entries(marks)) {
    test(`keeps nothing of ${name}`, async () => {
      await using sandbox = await openWithSnapshot()
      const before = await restored(sandbox)
      await sandbox.shell(script)
      assert.equal(await restored(sandbox), before)
    })
  }

  test('keeps nothing of a tree that is thousands deep, nor of one that takes all inodes', async () => {
    await using sandbox = await openWithSnapshot()
    const before = await restored(sandbox)
    const deep = 'chdir "/tmp"; for (1..20000) { mkdir "d" and chdir "d" or last }'
    const many = 'chdir "/dev/shm"; for (1..20000) { open(F, ">", $_) or last }'
    assertExited(await sandbox.shell(`perl -e '${deep}; ${many}'; ls /dev/shm | wc -l`))
    assert.equal(await restored(sandbox), before)
  })

  test('serves the next stage with input of its own', async () => {
    await using sandbox = await openWithSnapshot()
    for (let index = 0; index < 3; index++) {
      assert.equal((await sandbox.clean(frameType.restore)).errno, 0)
      const result = await sandbox.shell('head -c 1 >/dev/null; exec 0<&-; echo on', {}, Buffer.alloc(500_000))
      assert.equal(text(result.stdout), 'on\n')
    }
    await sandbox.inputTaken()
  })
})

describe('a snapshot', () => {
  test('of more than the disk holds is refused, and the sandbox goes on', async () => {
    await using sandbox = await openSandbox({ diskBytes: 4 * MiB })
    assertExited(await sandbox.shell('truncate -s 3M sparse; for i in 1 2 3; do ln sparse link$i; done'))
    assert.equal((await sandbox.clean(frameType.snapshot)).errno, 27)
    assertExited(await sandbox.shell('true'))
  })

  test('is not counted as memory of the program', async () => {
    await using sandbox = await openSandbox({ diskBytes: 64 * MiB, memoryBytes: 256 * MiB })
    assertExited(await sandbox.shell('head -c 40M /dev/zero > data'))
    assert.equal((await sandbox.clean(frameType.snapshot)).errno, 0)
    assert.equal((await sandbox.clean(frameType.restore)).errno, 0)
    // The data itself, and the program.
    const result = await sandbox.shell('true', { memoryBytes: 60 * MiB })
    assertExited(result)
    assert.ok(result.memoryPeakBytes < BigInt(60 * MiB), `${result.memoryPeakBytes}`)
  })

  test('cannot be reached by a program', async () => {
    await using sandbox = await openWithSnapshot()
    const result = await sandbox.shell(
      'ls /proc/1/fd; cat /proc/1/fd/* | head -c 1; ls -l /proc/self/fd | grep -c memfd',
    )
    assert.equal(text(result.stdout), '0\n')
  })
})
