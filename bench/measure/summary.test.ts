import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { percentile, summarize } from './summary.ts'

test('percentiles are by the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  assert.deepEqual(summarize(hundred), { samples: 100, least: 1, median: 50, p90: 90, p99: 99, most: 100 })
  assert.equal(percentile([15, 20, 35, 40, 50], 30), 20)
  assert.equal(percentile([15, 20, 35, 40, 50], 40), 20)
  assert.equal(percentile([7], 99), 7)
})

test('the order of the samples does not matter, and they are left as they were', () => {
  const given = [3, 1, 2]
  assert.equal(summarize(given).median, 2)
  assert.deepEqual(given, [3, 1, 2])
})

test('numbers are sorted as numbers', () => {
  assert.equal(summarize([10, 9, 100]).median, 10)
})

test('every percentile is a sample, and they ascend', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1 }), samples => {
      const { least, median, p90, p99, most } = summarize(samples)
      const values = [least, median, p90, p99, most]
      for (const value of values) assert.ok(samples.includes(value))
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
      )
    }),
  )
})

test('nothing measured, and what is no number, are refused', () => {
  assert.throws(() => summarize([]), RangeError)
  assert.throws(() => summarize([1, Number.NaN]), RangeError)
})
