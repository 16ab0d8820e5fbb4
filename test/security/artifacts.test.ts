import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Run } from '../../sdk/src/types.ts'
import { assertExited, attackedServer } from './target.ts'

const MiB = 1024 * 1024
const everything = ['**', '**/.*', '.*/**']

suite('artifacts', () => {
  const target = attackedServer()
  const paths = (run: Run) => run.artifacts?.map(({ path }) => path)
  const reasons = (run: Run) => run.artifactsOmitted?.map(({ reason }) => reason)

  async function text(run: Run, path: string): Promise<string> {
    return Buffer.from(await target.server.client.runs.artifact(run.id, path)).toString('latin1')
  }

  test('links, fifos, sockets and devices give nothing of what they lead to', async () => {
    const source = `
import os, socket
for name, to in (("passwd", "/etc/passwd"), ("init", "/.run-it/init"), ("self", "/proc/self/environ"), ("one", "/proc/1/maps"),
                 ("root", "/"), ("loop", "loop"), ("up", ".."), ("tmp", "/tmp/secret")):
    os.symlink(to, name)
open("/tmp/secret", "w").write("secret")
os.mkfifo("fifo"); os.link("fifo", "hard-fifo")
socket.socket(socket.AF_UNIX).bind("socket")
for kind in (0o020000, 0o060000):
    try: os.mknod("device", kind | 0o600, os.makedev(1, 3))
    except OSError: pass
try: os.link("/etc/passwd", "hard-passwd")
except OSError: pass
open("real", "w").write("real"); os.link("real", "hard"); os.symlink("real", "soft")`
    const run = await target.python(source, { artifacts: everything })
    assertExited(run)
    assert.deepEqual(paths(run), ['hard', 'real'])
    assert.equal(run.artifactsOmitted, undefined)
    assert.deepEqual([await text(run, 'hard'), await text(run, 'real')], ['real', 'real'])
  })

  test('a link that takes the place of a folder is not followed', async () => {
    const source = 'mkdir out; echo x > out/x; rm -r out; ln -s /etc out; ln -s /tmp deep; echo y > /tmp/y'
    assert.deepEqual(paths(await target.bash(source, { artifacts: ['out/**', 'out/passwd', 'deep/*'] })), [])
  })

  test('a file that only seems large holds up nothing', async () => {
    const source = 'truncate -s 60M sparse; truncate -s 60M sparse2; echo small > small'
    const run = await target.bash(source, { artifacts: everything })
    assertExited(run)
    assert.deepEqual(paths(run), ['small'])
    assert.deepEqual(run.artifactsOmitted, [{ reason: 'too-large', files: 2, paths: ['sparse', 'sparse2'] }])
  })

  test('a folder ten thousand deep is passed over, and the rest is not', async () => {
    const source = `
import os
open("top", "w").write("x")
for depth in range(10_000):
    os.mkdir("d"); os.chdir("d"); open("f", "w").close()`
    const run = await target.python(source, { artifacts: ['top', '**'], limits: { diskBytes: 128 * MiB } })
    assertExited(run)
    assert.equal(paths(run)?.length, 33)
    assert.ok(paths(run)?.includes('top'))
    assert.deepEqual(reasons(run), ['not-searched'])
  })

  test('names of every byte come out where they are text, and are told where they are not', async () => {
    const source = `
import os
for byte in (*range(1, 33), *range(120, 256)):
    open(b"x" + bytes([byte]), "w").close()
os.mkdir("a\\nb"); open("a\\nb/c", "w").close()
for name in ("n" * 255, "..x", "x..", "-rf", "\\u202egnp.exe", "😀" * 63, "e\\u0301", "\\u00e9", "a b", "100%2e", "\\\\..\\\\up"):
    open(name, "w").write(name)`
    const run = await target.python(source, { artifacts: everything })
    assertExited(run)
    const found = paths(run) ?? []
    assert.equal(new Set(found).size, found.length)
    for (const path of found) assert.doesNotMatch(path, /\p{Cc}|\ufffd|(^|\/)\.\.?(\/|$)|^\//u)
    for (const name of ['-rf', 'x..', '\u202egnp.exe', '100%2e', '\\..\\up', 'e\u0301', '\u00e9', 'xz']) {
      assert.ok(found.includes(name), name)
      if (name.length > 2) assert.equal(await text(run, name), Buffer.from(name).toString('latin1'))
    }
    const [omitted] = run.artifactsOmitted ?? []
    assert.deepEqual(reasons(run)?.toSorted(), ['name'])
    for (const path of omitted?.paths ?? []) assert.doesNotMatch(path, /\p{Cc}/u)
    // Control characters, bytes beyond ASCII alone, and the file in the folder with a line's end.
    assert.equal(omitted?.files, 31 + 1 + 128 + 1)
  })

  test('more files than anybody can want are bounded, in number and in time', async () => {
    const source = `
import os
count = 0
try:
    for folder in range(1000):
        os.mkdir(f"d{folder}")
        for file in range(1000):
            os.mknod(f"d{folder}/{file}"); count += 1
except OSError: pass
print(count)`
    const run = await target.python(source, {
      artifacts: ['**'],
      limits: { diskBytes: 1024 * MiB, memoryBytes: 1024 * MiB, wallTimeMs: 30_000, cpuTimeMs: 30_000 },
    })
    assertExited(run)
    assert.ok(Number(run.stages[0]?.stdout.content) > 100_000, run.stages[0]?.stdout.content)
    assert.equal(paths(run)?.length, 100)
    assert.deepEqual(reasons(run)?.toSorted(), ['not-searched', 'too-many'])
  })

  test('what a program shuts is told, and opens nothing', async () => {
    const source = 'mkdir shut; echo x > shut/x; echo y > mute; echo z > open; chmod 0 shut mute; chmod 1777 open'
    const run = await target.bash(source, { artifacts: ['**'] })
    assert.deepEqual(paths(run), ['open'])
    assert.deepEqual(run.artifactsOmitted, [
      { reason: 'not-searched', paths: [] },
      { reason: 'unreadable', files: 1, paths: ['mute'] },
    ])
    const none = await target.bash('echo x > x; chmod 0 /code', { artifacts: ['**'] })
    assert.deepEqual([none.artifacts, reasons(none)], [[], ['not-searched']])
  })

  test('patterns and names that are made for each other cost little', async () => {
    const source = 'n=$(printf "a%.0s" {1..250}); for i in {1..2000}; do : > "$n$i"; done; echo made'
    const patterns = Array.from({ length: 32 }, (_, index) => `${'*a'.repeat(110)}${index}b`)
    const before = performance.now()
    const run = await target.bash(source, { artifacts: patterns })
    assertExited(run)
    assert.deepEqual([run.artifacts, reasons(run)], [[], ['not-searched']])
    // Not a measurement: with an engine for regular expressions this would never end.
    assert.ok(performance.now() - before < 60_000)
  })

  test('what the program goes on writing after its end is not there, for nobody is left to write it', async () => {
    const source = `
import os, time
if os.fork() == 0:
    os.setsid()
    while True: open("changing", "w").write("x" * 100_000)
time.sleep(0.3)`
    const run = await target.python(source, { artifacts: ['changing'] })
    assertExited(run)
    const [artifact] = run.artifacts ?? []
    assert.equal((await text(run, 'changing')).length, artifact?.bytes)
  })
})
