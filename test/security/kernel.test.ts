import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { answersOf, assertExited, attackedServer, stdoutOf } from './target.ts'

/** What ordinary programs use, to show that the others are refused and not just absent. */
const ordinary = ['unix', 'tcp', 'udp6', 'netlink-route']
const unavailable = ['ENOSYS', 'EPERM']

suite('kernel', () => {
  const target = attackedServer()

  test('the kernel refuses what no ordinary program asks for', async () => {
    const run = await target.c('kernel')
    assertExited(run)
    const answers = answersOf(run)
    const allowed = Object.keys(answers).filter(name => answers[name] === 'allowed')
    assert.deepEqual(allowed, ordinary, stdoutOf(run))
    assert.ok(Object.keys(answers).length > 90, stdoutOf(run))
    const expected = {
      'mount-tmpfs': ['EPERM'],
      'unshare-user': ['EPERM'],
      'clone-user': ['EPERM'],
      clone3: ['ENOSYS'],
      bpf: ['EPERM'],
      keyctl: unavailable,
      userfaultfd: unavailable,
      'perf-event-open': unavailable,
      'io-uring-setup': unavailable,
      'io-setup': ['ENOSYS'],
      vsock: ['EAFNOSUPPORT'],
      alg: ['EAFNOSUPPORT'],
      packet: ['EAFNOSUPPORT'],
      'netlink-uevents': ['EPROTONOSUPPORT'],
      'huge-map': ['ENOMEM'],
      'line-discipline': ['EPERM'],
      'clock-settime': ['EPERM'],
      adjtimex: ['EPERM'],
    } as const
    for (const [name, errors] of Object.entries(expected)) {
      assert.ok((errors as readonly string[]).includes(answers[name] ?? ''), `${name}: ${answers[name]}`)
    }
  })

  test('init cannot be read, written, traced, limited or ended', async () => {
    const run = await target.c('init')
    assertExited(run)
    assert.match(stdoutOf(run), /signals sent\n$/)
    const answers = answersOf(run)
    assert.ok(Object.keys(answers).length > 45, stdoutOf(run))
    for (const [name, answer] of Object.entries(answers)) {
      if (name !== 'signals') assert.match(answer, /^(EPERM|EACCES|ENOENT|EISDIR|ENOSYS)$/, name)
    }
  })

  test('32-bit system calls end the program', async () => {
    const source = `
import ctypes, mmap, platform
# getpid as 32-bit programs ask: mov eax, 20; int 0x80; ret. On other machines there is no such way in, and this is a trap.
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("b814000000cd80c3" if platform.machine() == "x86_64" else "000000d400002000"))
address = ctypes.addressof(ctypes.c_char.from_buffer(code))
print("before", flush=True)
print(ctypes.CFUNCTYPE(ctypes.c_int)(address)())
`
    const run = await target.python(source)
    assert.equal(run.outcome?.kind, 'signaled')
    assert.equal(stdoutOf(run), 'before\n')
  })

  test("a program cannot make the host's disk flush", async () => {
    const source = `
import ctypes, os
libc = ctypes.CDLL(None)
def flushes():
    return sum(int(line.split()[18]) for line in open("/proc/diskstats") if len(line.split()) > 18)
file = os.open("/.run-it/init", os.O_RDONLY)
before = flushes()
for count in range(1000):
    for call in (libc.sync, lambda: libc.syncfs(file), lambda: libc.fsync(file), lambda: libc.fdatasync(file)): call()
# Others on the machine may flush meanwhile, but not like this.
print("few" if flushes() - before < 500 else "many")
`
    assert.equal(stdoutOf(await target.python(source)), 'few\n')
  })
})
