import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Removals } from './removals.ts'

function sandbox() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { gone: resolve, [Symbol.asyncDispose]: () => promise }
}

test('nobody waits for a removal while there is room for another', async () => {
  const removals = new Removals(1)
  const slow = sandbox()
  await removals.take(slow)
  let isSettled = false
  const settled = removals.settled().then(() => {
    isSettled = true
  })
  await Promise.resolve()
  assert.equal(isSettled, false)
  slow.gone()
  await settled
})

test('one removal too many waits for an earlier one', async () => {
  const removals = new Removals(1)
  const [first, second] = [sandbox(), sandbox()]
  await removals.take(first)
  const order: string[] = []
  const taken = removals.take(second).then(() => order.push('taken'))
  await new Promise(setImmediate)
  order.push('gone')
  first.gone()
  await taken
  assert.deepEqual(order, ['gone', 'taken'])
  second.gone()
  await removals.settled()
})

test('a removal that fails is over too', async () => {
  const removals = new Removals(1)
  await removals.take({ [Symbol.asyncDispose]: () => Promise.reject(new Error('the engine is away')) })
  await removals.settled()
})
