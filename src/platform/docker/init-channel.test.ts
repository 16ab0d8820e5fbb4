import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { FakeInit } from '../../../test/support/fake-init.ts'
import { InitChannel } from './init-channel.ts'

const pingFrame = 0x17

function open(context: TestContext): { readonly channel: InitChannel; readonly init: FakeInit } {
  const [near, far] = duplexPair()
  const channel = new InitChannel(near)
  context.after(() => {
    channel.close()
    far.destroy()
  })
  return { channel, init: new FakeInit(far) }
}

test('an init that is asked answers, and several who ask at once hear it', async context => {
  const { channel, init } = open(context)
  init.onFrame = () => init.pong()
  assert.deepEqual(await Promise.all([channel.answers(10_000), channel.answers(10_000)]), [true, true])
  assert.deepEqual(init.received, [pingFrame, pingFrame])
})

test('an init that says something by itself is not asked', async context => {
  const { channel, init } = open(context)
  const said = channel.answers(1, 10_000)
  init.stdout('hi')
  assert.equal(await said, true)
  assert.deepEqual(init.received, [])
})

test('an init that is silent is asked when the patience is over, and has the whole time to answer', async context => {
  const { channel, init } = open(context)
  init.onFrame = () => init.pong()
  assert.equal(await channel.answers(10_000, 1), true)
  assert.deepEqual(init.received, [pingFrame])
  init.onFrame = () => {}
  assert.equal(await channel.answers(1, 1), false)
})

test('an init that says nothing, or has ended, does not answer', async context => {
  const { channel, init } = open(context)
  assert.equal(await channel.answers(1), false)
  const asked = channel.answers(10_000)
  const waiting = channel.answers(10_000, 10_000)
  init.line.destroy()
  assert.deepEqual(await Promise.all([asked, waiting]), [false, false])
  assert.equal(await channel.answers(10_000), false)
})
