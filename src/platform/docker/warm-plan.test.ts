import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type PlannedKind, peak, planWarm } from './warm-plan.ts'

function kind(key: string, parts: Partial<PlannedKind> = {}): PlannedKind {
  return { key, image: key, costBytes: 10, pinned: 0, openedAtMs: [], ...parts }
}

function plan(kinds: readonly PlannedKind[], budgetBytes = 1_000): Record<string, number> {
  return Object.fromEntries(planWarm(kinds, budgetBytes))
}

test('what was used once has one, and what was used at once has as many', () => {
  const kinds = [kind('a', { openedAtMs: [0] }), kind('b', { openedAtMs: [0, 5_000, 5_100, 5_200] })]
  assert.deepEqual(plan(kinds), { a: 1, b: 3 })
})

test('what is not used has none but the pinned', () => {
  assert.deepEqual(plan([kind('a'), kind('b', { pinned: 2 })]), { a: 0, b: 2 })
})

test('pins count for what is used anyway', () => {
  assert.deepEqual(plan([kind('a', { pinned: 2, openedAtMs: [0, 1, 2] })]), { a: 3 })
})

test('of many odd kinds of one image none is kept, until one is asked for again', () => {
  const odd = ['a', 'b', 'c'].map(key => kind(key, { image: 'same', openedAtMs: [0] }))
  assert.deepEqual(plan(odd), { a: 0, b: 0, c: 0 })
  const again = kind('d', { image: 'same', openedAtMs: [0, 60_000] })
  assert.deepEqual(plan([again, ...odd]), { d: 1, a: 0, b: 0, c: 0 })
})

test('a small budget goes to pins, then to one of each in the order of use, then to the most wanting', () => {
  const kinds = [
    kind('a', { openedAtMs: [0, 1, 2, 3] }),
    kind('b', { openedAtMs: [0, 1] }),
    kind('c', { openedAtMs: [0] }),
    kind('d', { pinned: 1 }),
  ]
  assert.deepEqual(plan(kinds, 10), { a: 0, b: 0, c: 0, d: 1 })
  assert.deepEqual(plan(kinds, 20), { a: 1, b: 0, c: 0, d: 1 })
  assert.deepEqual(plan(kinds, 50), { a: 2, b: 1, c: 1, d: 1 })
  assert.deepEqual(plan(kinds, 0), { a: 0, b: 0, c: 0, d: 0 })
})

test('the budget is never exceeded, and what fits is used', () => {
  const kinds = fc.uniqueArray(
    fc.record({
      key: fc.string(),
      image: fc.constantFrom('x', 'y', 'z'),
      costBytes: fc.integer({ min: 1, max: 100 }),
      pinned: fc.nat(20),
      openedAtMs: fc.array(fc.nat(10_000), { maxLength: 64 }).map(times => times.sort((a, b) => a - b)),
    }),
    { selector: ({ key }) => key, maxLength: 20 },
  )
  fc.assert(
    fc.property(kinds, fc.nat(3_000), (all, budgetBytes) => {
      const planned = planWarm(all, budgetBytes)
      const cost = all.reduce((sum, { key, costBytes }) => sum + (planned.get(key) ?? 0) * costBytes, 0)
      assert.ok(cost <= budgetBytes)
      for (const { key, costBytes, pinned } of all) {
        assert.ok((planned.get(key) ?? 0) >= pinned || budgetBytes - cost < costBytes)
      }
    }),
  )
})

test('the peak is that of one second', () => {
  assert.equal(peak([]), 0)
  assert.equal(peak([0, 999, 1_000, 1_001, 5_000]), 3)
})
