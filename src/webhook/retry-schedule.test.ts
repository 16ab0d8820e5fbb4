import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextPauseMs, retryPauseMs } from './retry-schedule.ts'

test('pauses grow threefold up to eight hours, and twelve attempts take a bit more than a day', () => {
  const pauses = Array.from({ length: 11 }, (_, index) => retryPauseMs(index + 1, 5_000, 0.5))
  assert.deepEqual(pauses.slice(0, 4), [5_000, 15_000, 45_000, 135_000])
  assert.equal(Math.max(...pauses), 8 * 3_600_000)
  const hours = pauses.reduce((sum, pause) => sum + pause) / 3_600_000
  assert.ok(hours > 24 && hours < 36, `${hours} hours`)
})

test('what failed together does not come back together', () => {
  assert.deepEqual([retryPauseMs(1, 1_000, 0), retryPauseMs(1, 1_000, 1)], [800, 1_200])
})

test('a receiver can put it off, within reason, and not hurry it', () => {
  assert.equal(nextPauseMs(1_000, undefined), 1_000)
  assert.equal(nextPauseMs(5_000, 1), 5_000)
  assert.equal(nextPauseMs(5_000, 60), 60_000)
  assert.equal(nextPauseMs(5_000, 999_999), 8 * 3_600_000)
})
