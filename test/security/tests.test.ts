import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import type { TestSubmission } from '../../sdk/src/test-shapes.ts'
import type { Run } from '../../sdk/src/types.ts'
import { attackedServer, stdoutOf } from './target.ts'

const leaveAndLook = readFileSync(new URL('programs/leave-and-look.py', import.meta.url), 'utf8')

/** Says whether it is the program that was compiled, and puts another one in its place. */
const replaceItself = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int count, char **args) {
  char path[4096] = {0};
  readlink("/proc/self/exe", path, sizeof path - 1);
  printf("the same\\n");
  fflush(stdout);
  if (count < 2) return 0;
  if (!strcmp(args[1], "shut")) return chmod(path, 0);
  if (!strcmp(args[1], "remove")) return unlink(path);
  if (!strcmp(args[1], "replace") && unlink(path)) return 1;
  if (!strcmp(args[1], "folder")) return rename("/code/.out", "/code/elsewhere") || mkdir("/code/.out", 0);
  /* While it runs it cannot be written to: another name is no way around that. */
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  if (file < 0) return strcmp(args[1], "write") ? 2 : 0;
  dprintf(file, "#!/bin/sh\\necho another\\n");
  return 0;
}`

function seen(run: Run): (string | undefined)[][] {
  return run.stages
    .filter(stage => stage.name === 'test')
    .map(stage => [stage.test?.verdict, stage.stdout.content, stage.stderr.content])
}

suite('tests of one run', () => {
  const target = attackedServer()

  test('what the program leaves can be found, while it is there', async () => {
    const found = stdoutOf(await target.python(leaveAndLook, { args: ['both'] }))
    const kinds = 'process descriptor changed found shm sem msg queue listener abstract'.split(' ')
    for (const kind of [...kinds, 'hard link', 'listener of datagrams', 'expected in /tmp/expected']) {
      assert.match(found, new RegExp(`^${kind}`, 'm'), found)
    }
  })

  test('nothing that one leaves is found by the next, nor is what is expected of it', async () => {
    const look: TestSubmission = { args: ['look'], expected: 'nothing\n', checker: 'exact' }
    const run = await target.python(leaveAndLook, {
      tests: [
        look,
        { args: ['leave'], expected: 'left\n', checker: 'exact' },
        look,
        { args: ['look', '/code/own'], files: [{ path: 'own', content: 'x' }], expected: 'EXPECTED-OUTPUT\n' },
        { args: ['leave'], expected: 'left\n', checker: 'exact' },
        look,
      ],
    })
    const [clean, marked] = [
      ['accepted', 'nothing\n', ''],
      ['accepted', 'left\n', ''],
    ]
    const wrong = ['wrong-answer', 'nothing\n', '']
    assert.deepEqual(seen(run), [clean, marked, clean, wrong, marked, clean], JSON.stringify(run))
  })

  test('those that take all memory there is leave the next ones their verdicts', async () => {
    const allocate = 'held = [bytearray(1 << 24) for _ in range(100)]'
    const fill = `
for root in ("/dev/shm", "/tmp", "/code"):
  try: open(f"{root}/x", "wb").write(bytes(1 << 25))
  except OSError: pass
${allocate}`
    const bombs = {
      array: allocate,
      shared: fill,
      many: `import os\nfor _ in range(5): os.fork()\n${allocate}`,
      none: 'print("well")',
    }
    const names = ['array', 'none', 'shared', 'none', 'many', 'none', 'array', 'shared', 'many', 'none']
    const files = Object.entries(bombs).map(([name, content]) => ({ path: `${name}.py`, content }))
    const run = await target.run({
      environment: 'python',
      files: [{ path: 'main.py', content: 'import sys; exec(open(sys.argv[1] + ".py").read())' }, ...files],
      main: 'main.py',
      limits: { memoryBytes: 96 * 1024 * 1024, diskBytes: 64 * 1024 * 1024 },
      tests: names.map(name => ({ args: [name], expected: 'well' })),
    })
    assert.deepEqual(
      run.stages.map(stage => stage.test?.verdict),
      names.map(name => (name === 'none' ? 'accepted' : 'out-of-memory')),
      JSON.stringify(run),
    )
  })

  test('each finds the program that was compiled, whatever the one before did to it', async () => {
    const ways = ['replace', 'write', 'remove', 'shut', 'folder']
    const run = await target.run({
      environment: 'c',
      source: replaceItself,
      tests: [...ways.map(way => ({ args: [way] })), { args: [] }].map(given => ({ ...given, expected: 'the same' })),
    })
    assert.deepEqual(
      seen(run),
      [...ways, ''].map(() => ['accepted', 'the same\n', '']),
      JSON.stringify(run),
    )
  })
})
