import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePools } from './pools.ts'

test('pools are taken apart at commas, each counted once', () => {
  assert.deepEqual(parsePools('default'), ['default'])
  assert.deepEqual(parsePools('gpu, default ,gpu'), ['gpu', 'default'])
})
