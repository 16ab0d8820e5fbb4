import assert from 'node:assert/strict'
import { test } from 'node:test'
import { availableModes, usualMode } from './warm-modes.ts'

const slots = { property: 'slots', flag: '--slots', type: 'integer' } as const
const memory = { property: 'warmMemoryBytes', flag: '--warm-memory-bytes', type: 'integer' } as const
const preboot = { property: 'preboot', flag: '--preboot', type: 'boolean' } as const

test('without warm slots there is one way to start', () => {
  assert.deepEqual(availableModes([slots]), [{ name: 'cold', flags: [] }])
})

test('warm slots are turned off by their budget, and preboot by its switch', () => {
  assert.deepEqual(availableModes([slots, memory, preboot]), [
    { name: 'cold', flags: ['--warm-memory-bytes', '0'] },
    { name: 'warm', flags: ['--no-preboot'] },
    { name: 'prebooted', flags: [] },
  ])
  assert.equal(usualMode(availableModes([memory])).name, 'warm')
})
