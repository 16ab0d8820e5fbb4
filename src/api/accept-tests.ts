import type { Family } from '../environment/environment.ts'
import { diskFault } from '../run/disk.ts'
import type { RunFile } from '../run/file.ts'
import { pathConflict } from '../run/file-path.ts'
import type { Limits } from '../run/limits.ts'
import type { ProblemError } from '../run/problem.ts'
import type { RunRequest } from '../run/run.ts'
import type { RunTest, TestPlan } from '../run/test-plan.ts'
import { AcceptedCheckers } from './accept-checkers.ts'
import { fileFaults } from './accept-files.ts'
import { rangeFaults } from './accept-limits.ts'
import { argumentFaults, bytesFaults, bytesOf, textFaults } from './accept-texts.ts'
import type { ApiSettings } from './api-parts.ts'
import { refuseIfAny } from './refuse.ts'
import type { Submission } from './schema/submission.ts'
import type { TestSubmission } from './schema/test.ts'

export interface TestsAllowance {
  readonly settings: Pick<ApiSettings, 'maxTests' | 'maxFiles' | 'ceilings'>
  /** Of an environment; throws where there is none. */
  readonly familyOf: (environment: string) => Family
}

/** The tests with every default filled in; undefined where there are none. Throws the first problem. */
export function acceptTests(
  submission: Submission,
  run: Pick<RunRequest, 'args' | 'env' | 'stdin' | 'files' | 'limits'>,
  allowance: TestsAllowance,
): TestPlan | undefined {
  const { tests } = submission
  if (tests === undefined) {
    refuseIfAny('invalid-request', withoutTests(submission))
    return undefined
  }
  refuseIfAny('invalid-request', [
    ...together(submission),
    ...tests.flatMap((test, index) => textFaultsOf(test, index, run)),
  ])
  refuseIfAny('invalid-test', planFaults(tests, allowance.settings.maxTests))
  refuseIfAny(
    'invalid-file',
    tests.flatMap((test, index) => filesFaults(test, index, run, allowance.settings.maxFiles)),
  )
  const { ceilings } = allowance.settings
  refuseIfAny(
    'limit-out-of-range',
    tests.flatMap((test, index) => rangeFaults(`/tests/${index}/limits`, test.limits ?? {}, ceilings)),
  )
  const checkers = new AcceptedCheckers(allowance)
  const byDefault = checkers.accept(submission.checker ?? 'trimmed', '/checker')
  const accepted = tests.map((test, index): RunTest => {
    const checker = test.checker === undefined ? byDefault : checkers.accept(test.checker, `/tests/${index}/checker`)
    return {
      name: nameOf(test, index),
      stdin: test.stdin === undefined ? run.stdin : bytesOf(test.stdin),
      args: test.args ?? run.args,
      files: filesOf(test),
      ...(test.expected !== undefined && { expected: bytesOf(test.expected) }),
      checker,
      limits: { ...run.limits, ...test.limits } satisfies Limits,
    }
  })
  return { tests: accepted, checkers: checkers.programs, stopOnFailure: submission.stopOnFailure ?? false }
}

function withoutTests({ checker, stopOnFailure }: Submission): readonly ProblemError[] {
  const detail = 'needs tests'
  return [
    ...(checker === undefined ? [] : [{ pointer: '/checker', detail }]),
    ...(stopOnFailure === undefined ? [] : [{ pointer: '/stopOnFailure', detail }]),
  ]
}

/** Which test's files would they be, and which test would one talk to? */
function together({ artifacts = [], interactive, tty }: Submission): readonly ProblemError[] {
  const detail = 'must not be there together with tests'
  return [
    ...(artifacts.length === 0 ? [] : [{ pointer: '/artifacts', detail }]),
    ...(interactive ? [{ pointer: '/interactive', detail }] : []),
    ...(tty ? [{ pointer: '/tty', detail }] : []),
  ]
}

function nameOf({ name }: TestSubmission, index: number): string {
  return name ?? String(index + 1)
}

function filesOf({ files = [] }: TestSubmission): readonly RunFile[] {
  return files.map(({ path, content, encoding = 'utf8' }) => ({ path, content, encoding }))
}

function textFaultsOf(test: TestSubmission, index: number, run: Pick<RunRequest, 'env'>): readonly ProblemError[] {
  const pointer = `/tests/${index}`
  return [
    ...textFaults(`${pointer}/name`, test.name ?? ''),
    ...bytesFaults(`${pointer}/stdin`, test.stdin),
    ...bytesFaults(`${pointer}/expected`, test.expected),
    ...(test.args === undefined ? [] : argumentFaults(`${pointer}/args`, test.args, run.env)),
  ]
}

function planFaults(tests: readonly TestSubmission[], maxTests: number): readonly ProblemError[] {
  if (tests.length > maxTests) {
    return [{ pointer: '/tests', detail: `has ${tests.length} tests; this installation accepts ${maxTests}` }]
  }
  const names = new Map<string, number>()
  return tests.flatMap((test, index) => {
    const name = nameOf(test, index)
    const before = names.get(name)
    if (before !== undefined) {
      return [{ pointer: `/tests/${index}/name`, detail: `is that of test ${before + 1} too` }]
    }
    names.set(name, index)
    const comparison = typeof test.checker === 'string' || (test.checker !== undefined && 'kind' in test.checker)
    return comparison && test.expected === undefined
      ? [{ pointer: `/tests/${index}/expected`, detail: 'is required, for its checker compares with it' }]
      : []
  })
}

function filesFaults(
  test: TestSubmission,
  index: number,
  run: Pick<RunRequest, 'files' | 'limits'>,
  maxFiles: number,
): readonly ProblemError[] {
  const pointer = `/tests/${index}/files`
  const files = filesOf(test)
  if (files.length === 0) return []
  if (run.files.length + files.length > maxFiles) {
    return [{ pointer, detail: `and the run's are more than ${maxFiles} files, which this installation accepts` }]
  }
  const faults = files.flatMap((file, place) => fileFaults(file, `${pointer}/${place}`))
  if (faults.length > 0) return faults
  const conflict = pathConflict([...run.files, ...files].map(file => file.path))
  if (conflict !== undefined) {
    const place = conflict.index - run.files.length
    return [{ pointer: `${pointer}/${place}/path`, detail: `${conflict.fault}, among the run's files and its own` }]
  }
  const fault = diskFault([...run.files, ...files], run.limits.diskBytes)
  return fault === undefined ? [] : [{ pointer, detail: fault }]
}
