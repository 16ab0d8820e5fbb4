import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseScenarios, scaleScenarios, scenarios } from './scenarios.ts'

const all = scenarios(['bash', 'python'])

test('every scenario has a name of its own, a method and a deadline', () => {
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length)
  for (const { method, deadlineMs } of all) assert.ok(method.length > 40 && deadlineMs > 0)
})

test('scenarios are chosen by their name or by its first part', () => {
  const names = (...chosen: string[]) => chooseScenarios(all, chosen).map(({ name }) => name)
  assert.deepEqual(names('burst'), ['burst'])
  assert.deepEqual(names('latency'), ['latency-bash', 'latency-python'])
  assert.equal(names().length, all.length)
  assert.throws(() => names('latency', 'late'), /no scenario late/)
})

test('what needs a database is measured only where that is asked for', () => {
  assert.deepEqual(
    scaleScenarios.map(({ name }) => name),
    ['scale-workers', 'scale-table'],
  )
  assert.ok(!all.some(({ name }) => name.startsWith('scale')))
})
