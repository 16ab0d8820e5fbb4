import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { isCertainlyDead, newWorkerId } from './worker-id.ts'

test('a worker is dead for certain when its process was here and is gone', async () => {
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const id = newWorkerId().replace(`-${process.pid}-`, `-${child.pid}-`)
  assert.equal(isCertainlyDead(id), false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(isCertainlyDead(id), true)
})

test('nothing is certain of a worker elsewhere, or of one that is called otherwise', () => {
  assert.equal(isCertainlyDead(newWorkerId()), false)
  assert.equal(isCertainlyDead('host-4194305-0000000000000000'), false)
  assert.equal(isCertainlyDead('worker'), false)
})
