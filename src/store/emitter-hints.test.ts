import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmitterHints } from './emitter-hints.ts'

/** After every microtask that was asked for before. */
const settled = () => new Promise<void>(resolve => setImmediate(resolve))

test('a hint calls its topic’s listeners after its publisher went on', async () => {
  const hints = new EmitterHints()
  const calls: string[] = []
  hints.subscribe('queue', () => calls.push('first'))
  hints.subscribe('queue', () => calls.push('second'))
  hints.subscribe('run:1', () => calls.push('other'))
  hints.publish('queue')
  assert.deepEqual(calls, [])
  await settled()
  assert.deepEqual(calls, ['first', 'second'])
})

test('hints that nobody heard yet are one, and later ones are another', async () => {
  const hints = new EmitterHints()
  let calls = 0
  hints.subscribe('queue', () => {
    calls += 1
  })
  hints.publish('queue')
  hints.publish('queue')
  await settled()
  assert.equal(calls, 1)
  hints.publish('queue')
  await settled()
  assert.equal(calls, 2)
})

test('a listener that publishes its own topic is called again', async () => {
  const hints = new EmitterHints()
  let calls = 0
  hints.subscribe('queue', () => {
    calls += 1
    if (calls < 3) hints.publish('queue')
  })
  hints.publish('queue')
  await settled()
  assert.equal(calls, 3)
})

test('stopping ends one subscription, also of a listener that has two', async () => {
  const hints = new EmitterHints()
  let calls = 0
  const listener = () => {
    calls += 1
  }
  const stop = hints.subscribe('queue', listener)
  hints.subscribe('queue', listener)
  stop()
  stop()
  hints.publish('queue')
  await settled()
  assert.equal(calls, 1)
})
