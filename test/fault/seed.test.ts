import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Chance } from './seed.ts'

test('the same seed decides the same, and a failure names it', async () => {
  const draw = (chance: Chance) => Array.from({ length: 50 }, () => chance.integer(0, 1_000_000))
  const first = new Chance({ diagnostic: () => {} })
  const drawn = draw(first)
  assert.ok(new Set(drawn).size > 40, 'they differ among each other')
  const before = process.env.SEED
  process.env.SEED = String(first.seed)
  assert.deepEqual(draw(new Chance({ diagnostic: () => {} })), drawn)
  if (before === undefined) delete process.env.SEED
  else process.env.SEED = before
  await assert.rejects(
    first.guard(async () => assert.fail('it broke')),
    new RegExp(`SEED=${first.seed} .*it broke`),
  )
})
