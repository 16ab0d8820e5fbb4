import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmitterHints } from '../store/emitter-hints.ts'
import { ClaimLine } from './claim-line.ts'
import type { Claim } from './queue.ts'

const never = new AbortController().signal
const claimOf = (token: string) => ({ runId: 'run', token }) as unknown as Claim
/** The line lets a turn pass after each that it serves. */
const settled = async () => {
  for (let turns = 0; turns < 3; turns += 1) await new Promise<void>(resolve => setImmediate(resolve))
}

/** A queue whose answers the test gives, one for each look. */
class ScriptedQueue {
  readonly hints = new EmitterHints()
  readonly looks: { readonly workerId: string; readonly answer: PromiseWithResolvers<Claim | undefined> }[] = []
  readonly line = new ClaimLine({
    take: workerId => {
      const answer = Promise.withResolvers<Claim | undefined>()
      this.looks.push({ workerId, answer })
      return answer.promise
    },
    hints: this.hints,
    pollIntervalMs: 3_600_000,
  })

  answer(look: number, claim: Claim | undefined): Promise<void> {
    this.looks[look]?.answer.resolve(claim)
    return settled()
  }
}

test('a hint that comes during a look that finds nothing makes the line look again', { timeout: 10_000 }, async () => {
  const queue = new ScriptedQueue()
  const claim = queue.line.claim('one', never)
  queue.hints.publish('queue')
  await settled()
  assert.equal(queue.looks.length, 1)
  await queue.answer(0, undefined)
  await queue.answer(1, claimOf('a'))
  assert.deepEqual(await claim, claimOf('a'))
  await queue.line.close()
})

test('those who wait are served one at a time, in the order in which they came', { timeout: 10_000 }, async () => {
  const queue = new ScriptedQueue()
  const claims = ['one', 'two', 'three'].map(workerId => queue.line.claim(workerId, never))
  await settled()
  assert.equal(queue.looks.length, 1)
  // Nothing for the first: he stays first, and nobody else looks in vain.
  await queue.answer(0, undefined)
  // The second and third came during that look, which may have missed their runs.
  for (const look of [1, 2, 3]) await queue.answer(look, claimOf(`${look}`))
  assert.deepEqual(
    queue.looks.map(look => look.workerId),
    ['one', 'one', 'two', 'three'],
  )
  assert.deepEqual(await Promise.all(claims), [claimOf('1'), claimOf('2'), claimOf('3')])
  await queue.line.close()
})

test('a claim that was taken for somebody who left meanwhile is his all the same', { timeout: 10_000 }, async () => {
  const queue = new ScriptedQueue()
  const abort = new AbortController()
  const claim = queue.line.claim('one', abort.signal)
  abort.abort()
  await queue.answer(0, claimOf('a'))
  assert.deepEqual(await claim, claimOf('a'))
  await queue.line.close()
})

test('a look that fails is told to the one it was for, and the next is served', { timeout: 10_000 }, async () => {
  const queue = new ScriptedQueue()
  const [first, second] = [queue.line.claim('one', never), queue.line.claim('two', never)]
  queue.looks[0]?.answer.reject(new Error('disk'))
  await assert.rejects(first, /disk/)
  await settled()
  await queue.answer(1, claimOf('b'))
  assert.deepEqual(await second, claimOf('b'))
  await queue.line.close()
})
