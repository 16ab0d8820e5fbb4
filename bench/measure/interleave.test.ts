import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn, interleave } from './interleave.ts'

const { signal } = new AbortController()

test('contenders take turns, and each round begins with another one', async () => {
  const order: string[] = []
  const contender = (name: string) => ({
    name,
    measure: async () => order.push(name),
  })
  const samples = await interleave([contender('a'), contender('b')], { rounds: 3, warmUpRounds: 0, signal })
  assert.deepEqual(order, ['a', 'b', 'b', 'a', 'a', 'b'])
  assert.deepEqual(samples.get('a'), [1, 4, 5])
})

test('warm-up rounds leave no samples, and a slow contender has fewer', async () => {
  let calls = 0
  const fast = { name: 'fast', measure: async () => 1 }
  const slow = { name: 'slow', every: 4, measure: async () => (calls += 1) }
  const samples = await interleave([fast, slow], { rounds: 8, warmUpRounds: 1, signal })
  assert.equal(samples.get('fast')?.length, 8)
  assert.deepEqual(samples.get('slow'), [2, 3])
})

test('the pause between samples belongs to none, and an abort ends it all', async () => {
  const controller = new AbortController()
  const contender = { name: 'a', measure: async () => 1 }
  const settle = async () => controller.abort(new Error('enough'))
  const given = { rounds: 5, warmUpRounds: 0, signal: controller.signal, settle }
  await assert.rejects(interleave([contender], given), /enough/)
})

test('inTurn rotates', () => {
  assert.deepEqual(inTurn(['a', 'b', 'c'], 4), ['b', 'c', 'a'])
  assert.deepEqual(inTurn([], 4), [])
})
