import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff } from './backoff.ts'

test('what fails again and again is left alone for longer and longer, up to a bound', () => {
  let nowMs = 0
  const backoff = new Backoff(() => nowMs)
  assert.equal(backoff.waitMs(), 0)
  const pauses = Array.from({ length: 12 }, () => {
    backoff.fail()
    const waitMs = backoff.waitMs()
    nowMs += waitMs
    // Success right after a failure is not yet health.
    backoff.succeed()
    return waitMs
  })
  assert.deepEqual(pauses.slice(0, 3), [200, 400, 800])
  assert.equal(pauses.at(-1), 30_000)
  nowMs += 10_001
  backoff.fail()
  assert.equal(backoff.waitMs(), 200)
})

test('many that fail at once count as one', () => {
  const backoff = new Backoff(() => 0)
  for (let count = 0; count < 10; count++) backoff.fail()
  assert.equal(backoff.waitMs(), 200)
})
