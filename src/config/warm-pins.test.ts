import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseWarmPins } from './warm-pins.ts'

test('pins are environments with numbers', () => {
  assert.deepEqual(parseWarmPins('python=2,javascript@22=1'), [
    { environment: 'python', count: 2 },
    { environment: 'javascript@22', count: 1 },
  ])
  assert.deepEqual(parseWarmPins(''), [])
})
