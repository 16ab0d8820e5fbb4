import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { answersOf, assertExited, attackedServer, stdoutOf } from './target.ts'

suite('identity', () => {
  const target = attackedServer()

  test('a program is nobody, without any privilege, under both filters', async () => {
    const source = `
import os, socket
print("uid", set(os.getresuid()) == {os.getuid()} and os.getuid() > 10_000)
print("gid", set(os.getresgid()) == {os.getuid()})
print("groups", os.getgroups() == [os.getuid()])
print("hostname", socket.gethostname(), open("/proc/sys/kernel/domainname").read().strip())
print("parent", os.getppid(), os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())
print("descriptors", sorted(os.listdir("/proc/self/fd"))[:3], len(os.listdir("/proc/self/fd")))
for line in open("/proc/self/status"):
    name, value = line.rstrip().split(":\\t", 1)
    if name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"): print(name, value)
`
    assert.deepEqual(answersOf(await target.python(source)), {
      uid: 'True',
      gid: 'True',
      groups: 'True',
      hostname: 'sandbox (none)',
      parent: '1 True True',
      // The fourth is the folder that is being listed.
      descriptors: "['0', '1', '2'] 4",
      CapInh: '0000000000000000',
      CapPrm: '0000000000000000',
      CapEff: '0000000000000000',
      CapBnd: '0000000000000000',
      CapAmb: '0000000000000000',
      NoNewPrivs: '1',
      Seccomp: '2',
    })
  })

  test('its variables are those that were asked for, and a few constants', async () => {
    const run = await target.bash('while IFS= read -r -d "" entry; do echo "$entry"; done < /proc/self/environ', {
      env: { ASKED: 'for' },
    })
    assert.deepEqual(stdoutOf(run).trimEnd().split('\n').sort(), [
      'ASKED=for',
      'HOME=/tmp',
      'LANG=C.UTF-8',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ])
  })

  test('what the kernel tells of the machine is masked', async () => {
    const source = `
for file in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/latency_stats /proc/kmsg /proc/kpagecount /proc/slabinfo \\
  /proc/vmallocinfo /sys/kernel/debug/* /sys/firmware/* /sys/kernel/security/* /sys/fs/pstore/* /sys/fs/bpf/* /dev/mem /dev/kmsg \\
  /dev/vda /dev/sda /dev/fuse /dev/kvm /dev/net/tun /dev/vsock /dev/vhost-vsock; do
  bytes=$(head -c 1 "$file" 2>/dev/null | wc -c)
  [[ $bytes -eq 0 ]] || echo "$file can be read"
done
dmesg 2>/dev/null | head -1
for folder in /proc/[0-9]*; do [[ -e $folder/status ]] && echo "$folder"; done | wc -l
grep -c . /proc/1/environ 2>/dev/null; cat /proc/self/uid_map | tr -s ' '`
    const run = await target.bash(source)
    // Init, the shell and its two children.
    assert.match(stdoutOf(run), /^[2-4]\n +0 0 4294967295\n$/)
  })

  test('a crash leaves no core, neither in the sandbox nor with a handler of the host', async () => {
    const source = `
import ctypes, os, resource, signal
for limit in ((0, 0), (1 << 20, 1 << 20), (-1, -1)):
    try: resource.setrlimit(resource.RLIMIT_CORE, limit)
    except (OSError, ValueError): pass
    try: resource.prlimit(0, resource.RLIMIT_CORE, limit)
    except (OSError, ValueError): pass
    # 1 is the one value that keeps the kernel from piping a core to the handler that the host may have.
    print("limit", resource.getrlimit(resource.RLIMIT_CORE))
child = os.fork()
if child == 0:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.string_at(0)
status = os.waitpid(child, 0)[1]
print("signal", os.WTERMSIG(status), "core", os.WCOREDUMP(status), sorted(os.listdir(".")))
`
    const run = await target.python(source)
    assertExited(run)
    assert.equal(stdoutOf(run), `${'limit (1, 1)\n'.repeat(3)}signal 11 core False ['.out', 'main.py']\n`)
  })

  test('the clock is the true one, before and after', async () => {
    const run = await target.bash('date -s 2001-01-01 2>/dev/null; date +%s')
    const seconds = Number(stdoutOf(run).trimEnd().split('\n').at(-1))
    assert.ok(Math.abs(Date.now() / 1000 - seconds) < 60)
  })
})
