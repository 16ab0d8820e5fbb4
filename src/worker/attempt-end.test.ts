import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlatformError } from '../platform/platform-error.ts'
import { Problem } from '../run/problem.ts'
import { endOfFailedAttempt } from './attempt-end.ts'

const away = new PlatformError('unavailable', 'the engine is away')
const base = {
  error: away,
  stopped: undefined,
  executed: false,
  platformIsUp: false,
  attemptsLeft: true,
  onlyOnce: false,
} as const

test('an engine that is away costs no attempt before anything was executed', () => {
  assert.deepEqual(endOfFailedAttempt({ ...base, attemptsLeft: false }), {
    kind: 'hand-back',
    spendAttempt: false,
    why: 'the engine is away',
  })
})

test('a program that was executed costs an attempt', () => {
  const end = endOfFailedAttempt({ ...base, executed: true })
  assert.ok(end.kind === 'hand-back' && end.spendAttempt)
})

test('an engine that answers but fails costs an attempt, so that no run goes round for ever', () => {
  const end = endOfFailedAttempt({ ...base, platformIsUp: true })
  assert.ok(end.kind === 'hand-back' && end.spendAttempt)
})

test('the last attempt ends the run as platform-unavailable', () => {
  const end = endOfFailedAttempt({ ...base, executed: true, attemptsLeft: false })
  assert.deepEqual(end, {
    kind: 'finish',
    outcome: { kind: 'failed', code: 'platform-unavailable', detail: 'the engine is away' },
  })
})

test('an environment that cannot be had ends the run at once', () => {
  for (const error of [
    new PlatformError('environment-unavailable', 'no image'),
    new Problem('unknown-environment', 'no image'),
  ]) {
    assert.deepEqual(endOfFailedAttempt({ ...base, error }), {
      kind: 'finish',
      outcome: { kind: 'failed', code: 'environment-unavailable', detail: 'no image' },
    })
  }
})

test('who was told to stop does what he was told, whatever else went wrong', () => {
  assert.deepEqual(endOfFailedAttempt({ ...base, stopped: 'canceled' }), {
    kind: 'finish',
    outcome: { kind: 'canceled' },
  })
  assert.equal(endOfFailedAttempt({ ...base, stopped: 'lease-lost' }).kind, 'let-go')
  const drained = endOfFailedAttempt({ ...base, executed: true, stopped: 'draining' })
  assert.ok(drained.kind === 'hand-back' && !drained.spendAttempt)
})

test('a shutdown executes nothing twice that may be executed once only', () => {
  const drained = { ...base, stopped: 'draining', onlyOnce: true } as const
  const executed = endOfFailedAttempt({ ...drained, executed: true })
  assert.ok(executed.kind === 'finish' && executed.outcome.kind === 'failed')
  assert.equal(executed.outcome.code, 'attempts-exhausted')
  const waiting = endOfFailedAttempt(drained)
  assert.ok(waiting.kind === 'hand-back' && !waiting.spendAttempt)
})
