import assert from 'node:assert/strict'
import { test } from 'node:test'
import { servesDefault } from '../run/pool.ts'
import { EmitterHints } from '../store/emitter-hints.ts'
import { ClaimLine, type Served } from './claim-line.ts'
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
    take: async ([{ workerId }]) => {
      const answer = Promise.withResolvers<Claim | undefined>()
      this.looks.push({ workerId, answer })
      return { claims: [(await answer.promise) ?? []].flat(), isMore: true }
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
  const claim = queue.line.claim('one', servesDefault, never)
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
  const claims = ['one', 'two', 'three'].map(workerId => queue.line.claim(workerId, servesDefault, never))
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

test('after what seems to be the last run nobody is looked for at once, but after a hint', {
  timeout: 10_000,
}, async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const hints = new EmitterHints()
  let [waiting, looks] = [0, 0]
  const line = new ClaimLine({
    take: async () => {
      looks += 1
      waiting -= 1
      return { claims: waiting >= 0 ? [claimOf(`${waiting}`)] : [], isMore: false }
    },
    hints,
    pollIntervalMs: 3_600_000,
  })
  const claims = ['one', 'two', 'three'].map(workerId => line.claim(workerId, servesDefault, never))
  const looksAfter = async (act: () => void) => {
    await settled()
    const before = looks
    act()
    await settled()
    return looks - before
  }
  const enqueue = () => {
    waiting = 1
    hints.publish('queue')
  }
  assert.equal(await looksAfter(enqueue), 1)
  assert.deepEqual(await claims[0], claimOf('0'))
  assert.equal(await looksAfter(() => t.mock.timers.tick(5)), 1)
  assert.equal(await looksAfter(() => t.mock.timers.tick(5)), 0)
  assert.equal(await looksAfter(enqueue), 1)
  assert.deepEqual(await claims[1], claimOf('0'))
  // Not even the moment is waited for.
  assert.equal(await looksAfter(enqueue), 1)
  assert.deepEqual(await claims[2], claimOf('0'))
  await line.close()
})

test('where the last run was not the last one all are looked for without another pause', {
  timeout: 10_000,
}, async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const hints = new EmitterHints()
  let waiting = 0
  const line = new ClaimLine({
    take: async () => {
      waiting -= 1
      return { claims: waiting >= 0 ? [claimOf(`${waiting}`)] : [], isMore: false }
    },
    hints,
    pollIntervalMs: 3_600_000,
  })
  const claims = ['one', 'two', 'three', 'four'].map(workerId => line.claim(workerId, servesDefault, never))
  await settled()
  waiting = 4
  hints.publish('queue')
  await settled()
  t.mock.timers.tick(5)
  assert.deepEqual(await Promise.all(claims), ['3', '2', '1', '0'].map(claimOf))
  await line.close()
})

test('a claim that was taken for somebody who left meanwhile is his all the same', { timeout: 10_000 }, async () => {
  const queue = new ScriptedQueue()
  const abort = new AbortController()
  const claim = queue.line.claim('one', servesDefault, abort.signal)
  abort.abort()
  await queue.answer(0, claimOf('a'))
  assert.deepEqual(await claim, claimOf('a'))
  await queue.line.close()
})

test('a look that fails is told to the one it was for, and the next is served', { timeout: 10_000 }, async () => {
  const queue = new ScriptedQueue()
  const [first, second] = [queue.line.claim('one', servesDefault, never), queue.line.claim('two', servesDefault, never)]
  queue.looks[0]?.answer.reject(new Error('disk'))
  await assert.rejects(first, /disk/)
  await settled()
  await queue.answer(1, claimOf('b'))
  assert.deepEqual(await second, claimOf('b'))
  await queue.line.close()
})

/** A line in which as many as wait are served together, and each look finds what the test says. */
function lineOfMany(take: (served: readonly Served[]) => readonly Claim[]) {
  const joined: number[] = []
  const line = new ClaimLine({
    take: async (served, join) => {
      // Those who come later are there by now.
      await settled()
      while (join());
      joined.push(served.length)
      return { claims: take(served), isMore: true }
    },
    hints: new EmitterHints(),
    pollIntervalMs: 3_600_000,
  })
  return { line, joined }
}

test('those who are served together get their runs in their order, and who got none is the next', {
  timeout: 10_000,
}, async () => {
  const found = [[claimOf('1'), claimOf('2')], [], [claimOf('3')]]
  const { line, joined } = lineOfMany(() => found.shift() ?? [])
  const claims = ['one', 'two', 'three'].map(workerId => line.claim(workerId, servesDefault, never))
  assert.deepEqual(await Promise.all(claims.slice(0, 2)), [claimOf('1'), claimOf('2')])
  const last = line.claim('four', servesDefault, never)
  assert.deepEqual(await claims[2], claimOf('3'))
  assert.deepEqual(joined.slice(0, 1), [3])
  await line.close()
  assert.equal(await last, undefined)
})

test('one who leaves while many are served together is sent away, and the others are served', {
  timeout: 10_000,
}, async () => {
  const abort = new AbortController()
  const { line } = lineOfMany(served => {
    if (served.length === 3) abort.abort()
    return served.some(each => each.isGone()) ? [] : served.map(({ workerId }) => claimOf(workerId))
  })
  const signals = [never, abort.signal, never]
  const claims = signals.map((signal, place) => line.claim(`${place}`, servesDefault, signal))
  assert.deepEqual(await Promise.all(claims), [claimOf('0'), undefined, claimOf('2')])
  await line.close()
})

test('a look for many that fails is told to the first, and the others are served', { timeout: 10_000 }, async () => {
  const { line } = lineOfMany(served => {
    if (served.length === 3) throw new Error('disk')
    return served.map(({ workerId }) => claimOf(workerId))
  })
  const claims = ['0', '1', '2'].map(workerId => line.claim(workerId, servesDefault, never))
  await assert.rejects(claims[0] ?? Promise.resolve(), /disk/)
  assert.deepEqual(await Promise.all(claims.slice(1)), [claimOf('1'), claimOf('2')])
  await line.close()
})

test('who finds nothing holds up those who want the same, and nobody else', { timeout: 10_000 }, async () => {
  const queue = new ScriptedQueue()
  const gpu = { pools: ['gpu'] }
  const serves = { one: servesDefault, two: gpu, three: servesDefault, four: gpu }
  const claims = Object.entries(serves).map(([workerId, each]) => queue.line.claim(workerId, each, never))
  await settled()
  // Once more each, because the others came during the first look.
  for (const look of [0, 1, 2]) await queue.answer(look, undefined)
  await queue.answer(3, claimOf('a'))
  await queue.answer(4, undefined)
  assert.deepEqual(
    queue.looks.map(look => look.workerId),
    ['one', 'two', 'two', 'one', 'three'],
  )
  assert.deepEqual(await claims[0], claimOf('a'))
  await queue.line.close()
})

test('those alone are served together who want the same', { timeout: 10_000 }, async () => {
  const { line, joined } = lineOfMany(served => served.map(({ workerId }) => claimOf(workerId)))
  const gpu = { pools: ['gpu'] }
  const claims = [servesDefault, gpu, servesDefault, gpu].map((each, place) => line.claim(`${place}`, each, never))
  assert.deepEqual(await Promise.all(claims), ['0', '1', '2', '3'].map(claimOf))
  assert.deepEqual(joined, [2, 2])
  await line.close()
})
