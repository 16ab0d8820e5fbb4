import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { TestSubmission, Verdict } from '../../sdk/src/test-shapes.ts'
import type { Run, RunSubmission } from '../../sdk/src/types.ts'
import { TestServer } from '../support/server.ts'

const deadlineMs = 5 * 60_000

/** Adds two numbers, and is wrong about 13; it does not end for 99. */
const sums = `
#include <stdio.h>
int main(void) {
  long a, b;
  if (scanf("%ld %ld", &a, &b) != 2) return 3;
  while (a == 99) {}
  printf("%ld\\n", a == 13 ? a - b : a + b);
  return 0;
}`

const echo = 'import sys\nsys.stdout.write(sys.stdin.read())'

suite('tests', () => {
  let server: TestServer
  before(async () => {
    server = await TestServer.start()
  })
  after(() => server[Symbol.asyncDispose]())

  async function run(submission: RunSubmission): Promise<Run> {
    const { id } = await server.client.runs.submit(submission)
    return await server.client.runs.wait(id, { signal: AbortSignal.timeout(deadlineMs) })
  }

  function python(source: string, tests: TestSubmission[], more: Partial<RunSubmission> = {}): Promise<Run> {
    return run({ environment: 'python', source, tests, ...more })
  }

  function verdictsOf(finished: Run): (Verdict | undefined)[] {
    return finished.stages.filter(stage => stage.name === 'test').map(stage => stage.test?.verdict)
  }

  test("a judge's case: one compile, fifty verdicts", async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => index)
    const first = (index: number) => (index === 20 || index === 41 ? 13 : index === 30 ? 99 : 100 + index)
    const finished = await run({
      environment: 'c',
      source: sums,
      tests: numbers.map(index => ({
        name: `sum ${index}`,
        stdin: `${first(index)} ${index + 1}\n`,
        expected: `${first(index) + index + 1}\n`,
        limits: { wallTimeMs: 1_000, cpuTimeMs: 500 },
      })),
    })
    assert.deepEqual(finished.outcome, { kind: 'tested', verdict: 'wrong-answer' }, JSON.stringify(finished.outcome))
    assert.deepEqual(
      finished.stages.map(stage => stage.name),
      ['compile', ...numbers.map(() => 'test')],
    )
    const expected = numbers.map(index =>
      first(index) === 13 ? 'wrong-answer' : first(index) === 99 ? 'timed-out' : 'accepted',
    )
    assert.deepEqual(verdictsOf(finished), expected)
    assert.deepEqual(finished.summary, {
      total: 50,
      executed: 50,
      verdicts: { accepted: 47, 'wrong-answer': 2, 'timed-out': 1 },
    })
    for (const [index, stage] of finished.stages.slice(1).entries()) {
      assert.equal(stage.test?.index, index)
      assert.equal(stage.test?.name, `sum ${index}`)
      if (index === 7) assert.equal(stage.stdout.content, '115\n')
      assert.ok((stage.usage.memoryPeakBytes ?? 0) > 0)
    }
    assert.equal(Buffer.from(await server.client.runs.stdout(finished.id, { test: 7 })).toString(), '115\n')
    const [listed] = (await server.client.runs.list({ outcome: 'tested', limit: 1 })).runs
    assert.deepEqual(
      listed?.stages.map(stage => stage.name),
      ['compile'],
    )
    assert.deepEqual(listed?.summary, finished.summary)
  })

  test('each test has input, arguments and files of its own, and finds nothing of the one before', async () => {
    const source = `
import os, sys
print(sys.argv[1:], sys.stdin.read(), sorted(os.listdir("/code")), os.listdir("/tmp"), os.listdir("/dev/shm"))
open("data", "a").write("x")
open("/tmp/mark", "w"); open("/dev/shm/mark", "w"); open("main.py", "a").write("\\nprint('changed')")
print(os.path.getsize("data"))`
    const finished = await python(
      source,
      [
        { name: 'a', args: ['1'], stdin: 'one', files: [{ path: 'data', content: '12345' }] },
        { name: 'b', args: ['2'] },
        { name: 'c', files: [{ path: 'data', content: '' }], limits: { memoryBytes: 64 * 1024 ** 2 } },
      ],
      { stdin: 'common', args: ['0'] },
    )
    assert.deepEqual(
      finished.stages.map(stage => stage.stdout.content),
      [
        "['1'] one ['.out', 'data', 'main.py'] [] []\n6\n",
        "['2'] common ['.out', 'main.py'] [] []\n1\n",
        "['0'] common ['.out', 'data', 'main.py'] [] []\n1\n",
      ],
      JSON.stringify(finished),
    )
    assert.deepEqual(finished.outcome, { kind: 'tested', verdict: 'accepted' })
  })

  test('outputs are compared as it was asked for', async () => {
    const finished = await python(echo, [
      { stdin: 'a \nb\n\n', expected: 'a\nb' },
      { stdin: 'a \nb', expected: 'a\nb', checker: 'exact' },
      { stdin: '1  2\n3', expected: '1 2 3', checker: 'tokens' },
      { stdin: '3.1416', expected: '3.14159', checker: { kind: 'numbers', absoluteTolerance: 1e-4 } },
      {
        stdin: '3.1416',
        expected: '3.14159',
        checker: { kind: 'numbers', absoluteTolerance: 1e-9, relativeTolerance: 0 },
      },
      {
        stdin: { content: '/w==', encoding: 'base64' },
        expected: { content: '/w==', encoding: 'base64' },
        checker: 'exact',
      },
    ])
    const expected = ['accepted', 'wrong-answer', 'accepted', 'accepted', 'wrong-answer', 'accepted']
    assert.deepEqual(verdictsOf(finished), expected, JSON.stringify(finished))
    assert.equal(finished.stages[1]?.test?.detail, 'byte 2 differs')
  })

  test('what ends a program is its verdict, and what is cut off is wrong', async () => {
    const source = `
import os, sys
what = sys.stdin.read()
if what == "exit": sys.exit(1)
if what == "signal": os.kill(os.getpid(), 11)
if what == "memory": x = bytearray(1 << 30)
if what == "output": sys.stdout.write("x" * 2000)
print("fine")`
    const finished = await python(
      source,
      ['exit', 'signal', 'memory', 'output', 'nothing', 'more'].map(stdin => ({
        name: stdin,
        stdin,
        expected: 'fine',
      })),
      { limits: { outputBytes: 1000, memoryBytes: 64 * 1024 ** 2 } },
    )
    assert.deepEqual(verdictsOf(finished), [
      'runtime-error',
      'runtime-error',
      'out-of-memory',
      'wrong-answer',
      'accepted',
      'accepted',
    ])
    assert.equal(finished.stages[3]?.stdout.truncated, true)
    assert.match(finished.stages[3]?.test?.detail ?? '', /cut off/)
    assert.ok(
      (finished.stages[4]?.usage.memoryPeakBytes ?? 0) < 40 * 1024 ** 2,
      'the peak is not that of the test before',
    )
    assert.deepEqual(finished.outcome, { kind: 'tested', verdict: 'runtime-error' })
  })

  test('tests after a failure are skipped where that was asked for', async () => {
    const tests = ['1', '2', '3', '4'].map(stdin => ({ stdin, expected: stdin === '2' ? 'other' : stdin }))
    const finished = await python(echo, tests, { stopOnFailure: true })
    assert.deepEqual(verdictsOf(finished), ['accepted', 'wrong-answer'])
    assert.deepEqual(finished.summary, {
      total: 4,
      executed: 2,
      verdicts: { accepted: 1, 'wrong-answer': 1, skipped: 2 },
    })
  })

  test('a program checks, in another language and in a sandbox of its own', async () => {
    const checker = {
      environment: 'python',
      source: `
import os, sys
given, output, expected = (open(path).read() for path in sys.argv[-3:])
assert sorted(os.listdir("/code")) == [".out", "expected", "input", "main.py", "output"] and not os.listdir("/tmp")
open("/tmp/mark", "w"); open("main.py", "w")
print(f"{given.strip()} gave {output.strip()}, not {expected.strip()}")
sys.exit({"right": 0, "wrong": 1, "odd": 2}.get(sys.argv[1] if output.strip() == expected.strip() else "wrong", 9))`,
      args: ['right'],
    }
    const other = { ...checker, args: ['broken'] }
    const finished = await run({
      environment: 'c',
      source: sums,
      checker,
      tests: [
        { stdin: '1 2', expected: '3' },
        { stdin: '13 2', expected: '15' },
        { stdin: '2 2', expected: '4', checker: other },
        { stdin: '5 5', expected: '10' },
        { stdin: 'x' },
      ],
    })
    assert.deepEqual(
      verdictsOf(finished),
      ['accepted', 'wrong-answer', 'checker-failed', 'accepted', 'runtime-error'],
      JSON.stringify(finished),
    )
    assert.equal(finished.stages[2]?.test?.detail, '13 2 gave 11, not 15')
    assert.match(finished.stages[3]?.test?.detail ?? '', /exited with 9/)
  })

  test('a checker that does not compile says so of every test', async () => {
    const finished = await python(echo, [{ stdin: '1' }, { stdin: '2' }], {
      checker: { environment: 'c', source: 'int main( {' },
    })
    assert.deepEqual(verdictsOf(finished), ['checker-failed', 'checker-failed'])
    assert.match(finished.stages[0]?.test?.detail ?? '', /did not compile: main\.c:1/)
  })

  test('a program that does not compile has no tests', async () => {
    const finished = await run({ environment: 'c', source: 'int main( {', tests: [{ expected: '' }] })
    assert.deepEqual(finished.outcome, { kind: 'compile-failed' })
    assert.deepEqual(finished.summary, { total: 1, executed: 0, verdicts: {} })
  })

  test('a cancel in the middle keeps the verdicts so far', async () => {
    const source = 'import sys, time\nif sys.stdin.read() == "3": time.sleep(60)\nprint("done")'
    const tests = ['1', '2', '3', '4'].map(stdin => ({ stdin, limits: { wallTimeMs: 60_000 } }))
    const { id } = await server.client.runs.submit({ environment: 'python', source, tests })
    for await (const event of server.client.runs.events(id)) {
      if (event.type === 'stage' && event.stage.test?.index === 1) await server.client.runs.cancel(id)
    }
    const finished = await server.client.runs.get(id)
    assert.deepEqual(finished.outcome, { kind: 'canceled' })
    assert.deepEqual(verdictsOf(finished).slice(0, 2), ['accepted', 'accepted'])
    assert.ok(
      verdictsOf(finished)
        .slice(2)
        .every(verdict => verdict === 'canceled'),
    )
    assert.equal(finished.summary?.total, 4)
  })

  test('followers see which test wrote what', async () => {
    const { id } = await server.client.runs.submit({
      environment: 'python',
      source: echo,
      tests: [{ stdin: 'one' }, { stdin: 'two' }],
    })
    const seen: string[] = []
    for await (const event of server.client.runs.events(id)) {
      if (event.type === 'output') seen.push(`${event.stage} ${event.test} ${event.content}`)
      if (event.type === 'stage') seen.push(`${event.stage.test?.index} ${event.stage.test?.verdict}`)
    }
    assert.deepEqual(seen, ['test 0 one', '0 accepted', 'test 1 two', '1 accepted'])
  })
})
