import assert from 'node:assert/strict'
import { test } from 'node:test'
import { olderVersion, unenforcedLimits } from './engine.ts'

test('olderVersion compares numbers, not text', () => {
  assert.equal(olderVersion('1.41', '1.44'), '1.41')
  assert.equal(olderVersion('1.51', '1.44'), '1.44')
  assert.equal(olderVersion('1.9', '1.44'), '1.9')
})

test('unenforcedLimits names what an engine cannot hold a program to', () => {
  const info = { OperatingSystem: 'Linux', CgroupVersion: '2', SecurityOptions: ['name=seccomp,profile=default'] }
  assert.deepEqual(unenforcedLimits(info), [])
  assert.deepEqual(unenforcedLimits({ ...info, CgroupVersion: '1', SwapLimit: false, SecurityOptions: [] }), [
    'socket memory',
    'swap',
    'seccomp',
  ])
})
