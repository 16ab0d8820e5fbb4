import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstUserOfShare, SandboxUsers } from './sandbox-users.ts'

test('sandboxes that are open at once have users of their own, none of them root', () => {
  const users = new SandboxUsers()
  const taken = Array.from({ length: 100 }, () => users.take())
  assert.equal(new Set(taken).size, 100)
  assert.ok(Math.min(...taken) > 10_000)
})

test('a user is taken again only after it was given back', () => {
  const users = new SandboxUsers()
  const [first, second] = [users.take(), users.take()]
  users.giveBack(first)
  assert.equal(users.take(), first)
  assert.notEqual(users.take(), second)
})

test('workers that share an engine begin with users far apart, all of which exist in a user namespace', () => {
  const firsts = Array.from({ length: 2_000 }, (_, share) => firstUserOfShare(share))
  assert.ok(new Set(firsts).size > 200)
  assert.ok(Math.min(...firsts) > 10_000 && Math.max(...firsts) + 256 <= 65_536)
  assert.ok(new SandboxUsers(firsts[5]).take() >= (firsts[4] ?? 0) + 256)
})
