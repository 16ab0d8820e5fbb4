import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overallVerdict, summarize, type Verdict, verdictOfOutcome } from './verdict.ts'

const results = (...verdicts: readonly Verdict[]) =>
  verdicts.map((verdict, index) => ({ index, name: String(index), verdict }))

test('an outcome that is not an exit with 0 is a verdict by itself', () => {
  assert.equal(verdictOfOutcome({ kind: 'exited', code: 0 }), undefined)
  assert.equal(verdictOfOutcome({ kind: 'exited', code: 1 }), 'runtime-error')
  assert.equal(verdictOfOutcome({ kind: 'signaled', signal: 'SIGSEGV' }), 'runtime-error')
  assert.equal(verdictOfOutcome({ kind: 'timed-out', clock: 'cpu', limitMs: 1 }), 'timed-out')
  assert.equal(verdictOfOutcome({ kind: 'out-of-memory', limitBytes: 1 }), 'out-of-memory')
  assert.equal(verdictOfOutcome({ kind: 'canceled' }), 'canceled')
})

test('the verdict of a run is that of the first test that was not accepted', () => {
  assert.equal(overallVerdict(results('accepted', 'accepted')), 'accepted')
  assert.equal(overallVerdict(results('accepted', 'timed-out', 'wrong-answer')), 'timed-out')
})

test('a summary counts what there is, and what was skipped on purpose', () => {
  const some = results('accepted', 'wrong-answer', 'accepted')
  assert.deepEqual(summarize(3, some, true), { total: 3, executed: 3, verdicts: { accepted: 2, 'wrong-answer': 1 } })
  assert.deepEqual(summarize(5, some, true).verdicts, { accepted: 2, 'wrong-answer': 1, skipped: 2 })
  assert.deepEqual(summarize(5, some, false).verdicts, { accepted: 2, 'wrong-answer': 1 })
})
