import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Family } from '../environment/environment.ts'
import { defaultCompileLimits, defaultLimits } from '../run/limits.ts'
import { Problem } from '../run/problem.ts'
import type { TestPlan } from '../run/test-plan.ts'
import { acceptTests } from './accept-tests.ts'
import type { Submission } from './schema/submission.ts'

const family: Family = {
  name: 'python',
  title: 'Python',
  aliases: [],
  extensions: ['.py'],
  main: 'main.py',
  image: 'python:{version}',
  versions: ['3.11.2'],
  commands: true,
  recipe: { run: ['python3', '{main}'], env: {} },
  limits: {},
  compileLimits: {},
  folder: '/nowhere',
}
const ceilings = { ...defaultCompileLimits, wallTimeMs: 600_000, cpuTimeMs: 600_000 }
const allowance = { settings: { maxTests: 5, maxFiles: 3, ceilings }, familyOf: () => family }
const run = {
  args: ['--of-the-run'],
  env: { NAME: 'value' },
  stdin: { content: 'of the run', encoding: 'utf8' },
  files: [{ path: 'main.py', content: 'print()', encoding: 'utf8' }],
  limits: defaultLimits,
} as const

function accept(submission: Omit<Submission, 'environment'>): TestPlan | undefined {
  return acceptTests({ environment: 'python', ...submission }, run, allowance)
}

function assertRefused(submission: Omit<Submission, 'environment'>, code: string, pointers: readonly string[]): void {
  assert.throws(
    () => accept(submission),
    error => {
      assert.ok(error instanceof Problem)
      assert.deepEqual([error.code, error.errors.map(({ pointer }) => pointer)], [code, pointers])
      return true
    },
  )
}

test('a test has what it says, and else what the run has', () => {
  const plan = accept({
    tests: [{}, { name: 'own', args: [], stdin: '', expected: 'x', checker: 'exact', limits: { wallTimeMs: 7 } }],
  })
  const byDefault = { name: '1', stdin: run.stdin, args: run.args, files: [], limits: run.limits }
  assert.deepEqual(plan, {
    tests: [
      { ...byDefault, checker: { kind: 'trimmed' } },
      {
        name: 'own',
        stdin: { content: '', encoding: 'utf8' },
        args: [],
        files: [],
        expected: { content: 'x', encoding: 'utf8' },
        checker: { kind: 'exact' },
        limits: { ...run.limits, wallTimeMs: 7 },
      },
    ],
    checkers: [],
    stopOnFailure: false,
  })
})

test('a run without tests has no plan, nor what belongs to one', () => {
  assert.equal(accept({}), undefined)
  assertRefused({ checker: 'exact', stopOnFailure: true }, 'invalid-request', ['/checker', '/stopOnFailure'])
})

test('what needs one program only is refused together with tests', () => {
  assertRefused({ tests: [{}], artifacts: ['**'], interactive: true, tty: true }, 'invalid-request', [
    '/artifacts',
    '/interactive',
    '/tty',
  ])
})

test('names are of their own, those that were not given too', () => {
  assertRefused({ tests: [{ name: 'a' }, { name: 'a' }] }, 'invalid-test', ['/tests/1/name'])
  assertRefused({ tests: [{ name: '2' }, {}] }, 'invalid-test', ['/tests/1/name'])
})

test('there are no more tests than this installation accepts', () => {
  assert.equal(accept({ tests: Array.from({ length: 5 }, () => ({})) })?.tests.length, 5)
  assertRefused({ tests: Array.from({ length: 6 }, () => ({})) }, 'invalid-test', ['/tests'])
})

test('who asks for a comparison says with what', () => {
  assertRefused({ tests: [{ checker: 'tokens' }] }, 'invalid-test', ['/tests/0/expected'])
  assertRefused({ tests: [{ expected: '', checker: 'exact' }, { checker: { kind: 'numbers' } }] }, 'invalid-test', [
    '/tests/1/expected',
  ])
  assert.ok(accept({ tests: [{ checker: { environment: 'python', source: 'pass' } }] }))
})

test("a test's files fit beside the run's: in number, in name and on the disk", () => {
  const files = (...paths: string[]) => paths.map(path => ({ path, content: '' }))
  assert.ok(accept({ tests: [{ files: files('a', 'b') }, { files: files('a') }] }))
  assertRefused({ tests: [{}, { files: files('a', 'b', 'c') }] }, 'invalid-file', ['/tests/1/files'])
  assertRefused({ tests: [{ files: files('a', 'main.py') }] }, 'invalid-file', ['/tests/0/files/1/path'])
  assertRefused({ tests: [{ files: files('main.py/b') }] }, 'invalid-file', ['/tests/0/files/0/path'])
  assertRefused({ tests: [{ files: files('../up') }] }, 'invalid-file', ['/tests/0/files/0/path'])
  const large = [{ path: 'a', content: 'x'.repeat(run.limits.diskBytes) }]
  assertRefused({ tests: [{ files: large }] }, 'invalid-file', ['/tests/0/files'])
})

test('texts and limits are checked where they stand', () => {
  const { wallTimeMs } = ceilings
  assertRefused({ tests: [{}, { args: ['a', 'b\0'] }] }, 'invalid-request', ['/tests/1/args/1'])
  assertRefused({ tests: [{ args: ['x'.repeat(200_000)] }] }, 'invalid-request', ['/tests/0/args'])
  assertRefused({ tests: [{ stdin: { content: '?', encoding: 'base64' } }] }, 'invalid-request', ['/tests/0/stdin'])
  assertRefused({ tests: [{ expected: '\ud800' }] }, 'invalid-request', ['/tests/0/expected'])
  assertRefused({ tests: [{ limits: { wallTimeMs: wallTimeMs + 1 } }] }, 'limit-out-of-range', [
    '/tests/0/limits/wallTimeMs',
  ])
})

test('programs that check are one where they are the same, four at most, and each is checked itself', () => {
  const program = (source: string) => ({ environment: 'python', source })
  const plan = accept({ checker: program('a'), tests: [{}, { checker: program('b') }, { checker: program('a') }] })
  assert.deepEqual(
    plan?.tests.map(({ checker }) => checker),
    [0, 1, 0].map(index => ({ kind: 'program', program: index })),
  )
  assert.deepEqual(
    plan.checkers.map(({ files, main }) => [main, files.map(file => file.content)]),
    [
      ['main.py', ['a']],
      ['main.py', ['b']],
    ],
  )
  const five = Array.from({ length: 5 }, (_, index) => ({ checker: program(`${index}`) }))
  assertRefused({ tests: five }, 'invalid-test', ['/tests/4/checker'])
  const bad = { environment: 'python', source: '', args: ['\0'] }
  assertRefused({ tests: [{}, { checker: bad }] }, 'invalid-request', ['/tests/1/checker/args/0'])
  const greedy = { ...program(''), limits: { memoryBytes: ceilings.memoryBytes + 1 } }
  assertRefused({ checker: greedy, tests: [{}] }, 'limit-out-of-range', ['/checker/limits/memoryBytes'])
})

test('numbers may be off by a millionth, where nothing else is asked for', () => {
  const tests = [{ checker: { kind: 'numbers', absoluteTolerance: 0 }, expected: '1' } as const, { expected: '1' }]
  assert.deepEqual(
    accept({ checker: 'numbers', tests })?.tests.map(({ checker }) => checker),
    [0, 1e-6].map(absoluteTolerance => ({ kind: 'numbers', absoluteTolerance, relativeTolerance: 1e-6 })),
  )
})
