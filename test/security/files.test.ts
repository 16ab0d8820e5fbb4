import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { answersOf, assertExited, attackedServer, stdoutOf } from './target.ts'

const MiB = 1024 * 1024

suite('files', () => {
  const target = attackedServer()

  test('a disk is filled up to its limit, in bytes', async () => {
    for (const folder of ['/code', '/tmp']) {
      const source = `for i in {1..9}; do head -c 1M /dev/zero > ${folder}/$i || exit 9; done`
      const run = await target.bash(source, { limits: { diskBytes: 4 * MiB } })
      assertExited(run, 9)
      assert.match(run.stages[0]?.stderr.content ?? '', /No space left on device/)
      assert.ok(run.stages[0]?.limitsHit.includes('disk'))
    }
  })

  test('a disk is filled up to its limit, in files', async () => {
    const source = `
import errno, os
for folder in ("/code", "/tmp", "/dev/shm"):
    count = 0
    try:
        while count < 100_000:
            os.symlink("x", f"{folder}/{count}")
            count += 1
    except OSError as error:
        print(errno.errorcode[error.errno], 0 < count < 5000)
`
    const run = await target.python(source, { limits: { diskBytes: 4 * MiB } })
    assertExited(run)
    assert.equal(stdoutOf(run), 'ENOSPC True\n'.repeat(3))
    assert.ok(run.stages[0]?.limitsHit.includes('disk'))
  })

  test('a file is not larger than the disk, sparse or not', async () => {
    const source = `
import errno, os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
file = os.open("sparse", os.O_RDWR | os.O_CREAT)
for name, act in (("truncate", lambda: os.ftruncate(file, 1 << 40)), ("write", lambda: os.pwrite(file, b"x", 1 << 40)),
                  ("allocate", lambda: os.posix_fallocate(file, 0, 1 << 40))):
    try: act(); print(name, "allowed")
    except OSError as error: print(name, errno.errorcode[error.errno])
`
    assert.deepEqual(answersOf(await target.python(source)), { truncate: 'EFBIG', write: 'EFBIG', allocate: 'EFBIG' })
    const killed = await target.bash('exec dd if=/dev/zero of=x bs=1 count=1 seek=1T status=none')
    assert.deepEqual(killed.outcome, { kind: 'signaled', signal: 'SIGXFSZ' })
  })

  test('open files run out for the program alone', async () => {
    const source = `
import errno, os, time
held = []
for process in range(20):
    if os.fork() == 0: break
try:
    while True: held.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    time.sleep(0.3)
    os.write(1, f"{errno.errorcode[error.errno]}\\n".encode())
    os._exit(0)
`
    const run = await target.python(source, { limits: { openFiles: 64 } })
    assert.match(stdoutOf(run), /^(EMFILE\n)+$/)
    assert.ok(run.stages[0]?.limitsHit.includes('openFiles'))
  })

  test('folders ten thousand deep, and names of every byte, are gone with their run', async () => {
    const source = `
import os
for depth in range(10_000):
    os.mkdir("d"); os.chdir("d")
os.chdir("/tmp")
for byte in range(1, 256):
    if byte != 47: open(bytes([byte]) * 3, "w").close()
open(b"a" * 255, "w").close(); os.mkfifo("fifo"); os.link("fifo", "hard"); os.symlink("/", "root"); os.symlink("loop", "loop")
print("made", len(os.listdir("/tmp")))
`
    const run = await target.python(source)
    assertExited(run)
    assert.equal(stdoutOf(run), 'made 259\n')
  })

  test('nothing of the image, of init or of the system can be written', async () => {
    const places = '/ /etc /usr/bin /var/tmp /run /home /opt /srv /mnt /dev /sys /proc /proc/sys/kernel /.run-it /root'
    const files =
      '/.run-it/init /etc/passwd /etc/hosts /etc/hostname /etc/resolv.conf /usr/bin/env /proc/sysrq-trigger ' +
      '/proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/vm/overcommit_memory /sys/kernel/uevent_helper ' +
      '/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids/pids.max ' +
      '/sys/fs/cgroup/memory/cgroup.procs /sys/fs/cgroup/release_agent /sys/fs/cgroup/devices/devices.allow /proc/1/mem'
    const source = `
for place in ${places}; do (: > $place/attack) 2>/dev/null && echo "made a file in $place"; done
for place in ${places} /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $place/attack 2>/dev/null && echo "made a folder in $place"; done
for file in ${files}; do (: >> $file) 2>/dev/null && echo "opened $file"; chmod 777 $file 2>/dev/null && echo "changed $file"; done
rm -f /usr/bin/env /.run-it/init /etc/passwd 2>/dev/null && echo removed
mv /code /elsewhere 2>/dev/null && echo moved
find / -xdev \\( -type f -o -type d \\) -writable ! -path /code ! -path /tmp 2>/dev/null
echo over`
    const run = await target.bash(source)
    assertExited(run)
    assert.equal(stdoutOf(run), 'over\n')
  })

  test("another environment's files, the host's and the engine's are not there", async () => {
    const source = `
for path in /var/run/docker.sock /run/docker.sock /run/containerd /var/lib/docker /host /usr/lib/go-* /usr/lib/gcc /usr/bin/gcc \\
  /usr/bin/node /usr/bin/python3 /code/../../work /lost+found /sys/fs/cgroup/docker; do
  [[ -e $path ]] && echo "$path is there"
done
grep -v -E ' (overlay|tmpfs|proc|sysfs|devpts|mqueue|cgroup2?) ' /proc/mounts | while read -r source place type options rest; do
  case $place:$options in
    /.run-it:ro,* | /etc/hosts:ro,* | /etc/hostname:ro,* | /etc/resolv.conf:ro,*) ;;
    *) echo "$place is mounted: $options" ;;
  esac
done
grep ' / ' /proc/mounts | grep -v ' ro,' && echo 'the root can be written'
grep -E ' (sysfs|cgroup2?) ' /proc/mounts | grep -v ' ro,'
grep -E ' (/code|/tmp|/dev/shm) ' /proc/mounts | grep -v -c 'nosuid,nodev'
ls -d /code/* /tmp/* /dev/shm/* 2>/dev/null`
    const run = await target.bash(source)
    assert.equal(stdoutOf(run), '0\n/code/main.sh\n')
  })

  test('setuid programs give nothing', async () => {
    const source = `
for program in su mount umount passwd chsh newgrp gpasswd chfn; do
  [[ -u $(command -v $program) ]] || { echo "$program is no setuid program here"; continue; }
  timeout 0.3 $program -c 'id -u' < /dev/null > /dev/null 2>&1 && echo "$program works"
done
timeout 0.3 su -c 'cat /etc/shadow' < /dev/null; timeout 0.3 mount -t tmpfs none /tmp; timeout 0.3 newgrp root < /dev/null
cp /usr/bin/id mine; chmod 6755 mine; ./mine; echo 'x::0:0::/:/bin/sh' 2>/dev/null >> /etc/passwd; id; cat /etc/shadow`
    const run = await target.bash(source)
    const ids = stdoutOf(run).trimEnd().split('\n')
    assert.equal(ids.length, 2, stdoutOf(run))
    for (const line of ids) assert.match(line, /^uid=(1\d{4}) gid=\1 groups=\1$/)
  })
})
