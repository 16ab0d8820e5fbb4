import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, suite, test } from 'node:test'
import type { Run, RunSubmission } from '../../sdk/src/types.ts'
import { TestServer } from '../support/server.ts'

/** Getting an image for the first time takes longer than a request may wait. */
const imageDeadlineMs = 5 * 60_000

const hellos = [
  ['python', 'hello.py'],
  ['javascript', 'hello.js'],
  ['go', 'hello.go'],
  ['c', 'hello.c'],
  ['bash', 'hello.sh'],
] as const

suite('programs', () => {
  let server: TestServer
  before(async () => {
    server = await TestServer.start()
  })
  after(() => server[Symbol.asyncDispose]())

  async function run(submission: RunSubmission): Promise<Run> {
    const { id } = await server.client.runs.submit(submission)
    return await server.client.runs.wait(id, { signal: AbortSignal.timeout(imageDeadlineMs) })
  }

  function python(source: string, more: Partial<RunSubmission> = {}): Promise<Run> {
    return run({ environment: 'python', source, ...more })
  }

  function stdout(finished: Run): string | undefined {
    return finished.stages.at(-1)?.stdout.content
  }

  for (const [environment, file] of hellos) {
    test(`${environment} says hello, and the run records exactly what ran`, async () => {
      const source = await readFile(new URL(`../../environments/${environment}/${file}`, import.meta.url), 'utf8')
      const finished = await run({ environment, source })
      assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 }, JSON.stringify(finished))
      assert.equal(stdout(finished), 'Hello, world!\n')
      assert.equal(finished.environment.name, environment)
      assert.match(finished.environment.version ?? '', /^\d+(\.\d+)+/)
      assert.match(finished.environment.digest ?? '', /^sha256:[0-9a-f]{64}$/)
      const again = await run({ environment: `${environment}@${finished.environment.version}`, source })
      assert.equal(again.environment.digest, finished.environment.digest)
    })
  }

  test('usage is measured', async () => {
    const finished = await python('x = bytearray(50_000_000)\nfor i in range(300_000): pass')
    const { wallTimeMs, cpuTimeMs = 0, memoryPeakBytes = 0 } = finished.stages[0]?.usage ?? { wallTimeMs: 0 }
    assert.ok(wallTimeMs > 1)
    assert.ok(cpuTimeMs > 1)
    assert.ok(memoryPeakBytes > 50_000_000)
  })

  test('a typo in Go ends as compile-failed, with the message of the compiler', async () => {
    const finished = await run({ environment: 'go', source: 'package main\nfunc main() { retrun }\n' })
    assert.deepEqual(finished.outcome, { kind: 'compile-failed' })
    assert.deepEqual(
      finished.stages.map(stage => stage.name),
      ['compile'],
    )
    const compile = finished.stages[0]
    assert.ok(compile?.outcome.kind === 'exited' && compile.outcome.code !== 0)
    assert.match(compile.stderr.content ?? '', /main\.go:2:\d+: .*retrun/)
  })

  test('exit codes and signals are told apart', async () => {
    assert.deepEqual((await python('raise SystemExit(7)')).outcome, { kind: 'exited', code: 7 })
    assert.deepEqual((await python('import os\nos.kill(os.getpid(), 11)')).outcome, {
      kind: 'signaled',
      signal: 'SIGSEGV',
    })
  })

  test('stdin, arguments and variables reach the program', async () => {
    const source = 'import sys, os\nprint(sys.stdin.read().upper(), sys.argv[1:], os.environ["NAME"])'
    const finished = await python(source, { stdin: 'grüße\n', args: ['a b', '--c', ''], env: { NAME: 'ü' } })
    assert.equal(stdout(finished), "GRÜSSE\n ['a b', '--c', ''] ü\n")
  })

  test('binary stdin comes through whole, however long', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256))
    const source = 'import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())'
    const finished = await python(source, { stdin: { content: bytes.toString('base64'), encoding: 'base64' } })
    const output = await server.client.runs.stdout(finished.id)
    assert.equal(Buffer.from(output).compare(bytes), 0)
    assert.equal(finished.stages[0]?.stdout.encoding, 'base64')
  })

  test('several files in folders work together', async () => {
    const files = [
      { path: 'main.py', content: 'from tools.text import shout\nprint(shout(open("data/ä ö.txt").read()))' },
      { path: 'tools/__init__.py', content: '' },
      { path: 'tools/text.py', content: 'def shout(text): return text.upper() + "!"' },
      { path: 'data/ä ö.txt', content: 'hallo' },
    ]
    assert.equal(stdout(await run({ environment: 'python', files })), 'HALLO!\n')
  })

  test('a binary file arrives byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => (index * 7) % 256))
    const files = [
      { path: 'main.py', content: 'import hashlib\nprint(hashlib.sha256(open("b.bin", "rb").read()).hexdigest())' },
      { path: 'b.bin', content: bytes.toString('base64'), encoding: 'base64' as const },
    ]
    const { createHash } = await import('node:crypto')
    const expected = createHash('sha256').update(bytes).digest('hex')
    assert.equal(stdout(await run({ environment: 'python', files })), `${expected}\n`)
  })

  test('output that is no UTF-8 is given as base64, and raw', async () => {
    const finished = await python('import sys\nsys.stdout.buffer.write(b"\\xff\\x00\\xfe")')
    assert.equal(finished.stages[0]?.stdout.encoding, 'base64')
    assert.equal(finished.stages[0]?.stdout.content, '/wD+')
    assert.deepEqual([...(await server.client.runs.stdout(finished.id))], [0xff, 0, 0xfe])
  })

  test('a Go module with packages and a C program of several files compile', async () => {
    const go = await run({
      environment: 'go',
      files: [
        { path: 'go.mod', content: 'module example.org/hi\n\ngo 1.16\n' },
        {
          path: 'main.go',
          content: 'package main\n\nimport "example.org/hi/word"\n\nfunc main() { println(word.Hi) }\n',
        },
        { path: 'word/word.go', content: 'package word\n\nconst Hi = "hi"\n' },
      ],
    })
    assert.equal(go.stages.at(-1)?.stderr.content, 'hi\n', JSON.stringify(go.stages))
    const c = await run({
      environment: 'c',
      files: [
        {
          path: 'main.c',
          content: '#include <stdio.h>\n#include "add.h"\nint main(void) { printf("%d\\n", add(2, 3)); }\n',
        },
        { path: 'add.c', content: '#include "add.h"\nint add(int a, int b) { return a + b; }\n' },
        { path: 'add.h', content: 'int add(int a, int b);\n' },
      ],
    })
    assert.equal(stdout(c), '5\n', JSON.stringify(c.stages))
  })

  test('a project is built by its own Makefile, and run as it says', async () => {
    const made = await run({
      environment: 'c',
      files: [
        {
          path: 'Makefile',
          content: 'hello: main.o word.o\n\tcc -o $@ $^\n%.o: %.c word.h\n\tcc -c -Wall -o $@ $<\n',
        },
        {
          path: 'main.c',
          content: '#include <stdio.h>\n#include "word.h"\nint main(void) { puts(word()); return 3; }\n',
        },
        { path: 'word.c', content: '#include "word.h"\nconst char *word(void) { return "made"; }\n' },
        { path: 'word.h', content: 'const char *word(void);\n' },
      ],
      compile: { command: ['make'] },
      run: { command: ['./hello'] },
    })
    assert.equal(stdout(made), 'made\n', JSON.stringify(made.stages))
    assert.deepEqual(made.outcome, { kind: 'exited', code: 3 })
    const broken = await run({
      environment: 'c',
      files: [{ path: 'Makefile', content: 'hello: nowhere.c\n' }],
      compile: { command: ['make'] },
      run: { command: ['./hello'] },
    })
    assert.deepEqual(broken.outcome, { kind: 'compile-failed' })
    assert.match(broken.stages[0]?.stderr.content ?? '', /No rule to make target/)
  })

  test('every run starts in a clean place', async () => {
    const source =
      'import os\nprint(sorted(os.listdir(".")), os.listdir("/tmp"))\nopen("left", "w").write("x")\nopen("/tmp/left", "w").write("x")'
    const first = stdout(await python(source))
    assert.equal(stdout(await python(source)), first)
    assert.ok(!first?.includes('left'))
  })
})
