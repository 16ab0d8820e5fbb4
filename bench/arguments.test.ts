import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from './arguments.ts'

test('nothing said means everything', () => {
  assert.deepEqual(readArguments([]), {
    isQuick: false,
    json: false,
    scale: false,
    help: false,
    write: false,
    only: [],
  })
})

test('several names may follow --only', () => {
  assert.deepEqual(readArguments(['--quick', '--only', 'burst', 'memory']).only, ['burst', 'memory'])
})

test('--scale is asked for by itself', () => {
  assert.equal(readArguments(['--scale', '--quick']).scale, true)
})

test('what is not known is refused', () => {
  assert.throws(() => readArguments(['--fast']))
  assert.throws(() => readArguments(['burst']), /--only/)
})
