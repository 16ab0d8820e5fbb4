import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { FakeInit } from '../../../test/support/fake-init.ts'
import { InitChannel } from './init-channel.ts'

function open(context: TestContext): { readonly channel: InitChannel; readonly init: FakeInit } {
  const [near, far] = duplexPair()
  const channel = new InitChannel(near)
  context.after(() => {
    channel.close()
    far.destroy()
  })
  return { channel, init: new FakeInit(far) }
}

test('a line whose init was asked whether it lives has the whole window for stdin', async context => {
  const { channel, init } = open(context)
  init.onFrame = () => init.stdinTaken(1)
  assert.equal(await channel.answers(10_000), true)
  assert.equal(channel.stdinOnTheWay, 0)
})

test('an init that says nothing, or has ended, does not answer', async context => {
  const { channel, init } = open(context)
  assert.equal(await channel.answers(1), false)
  init.line.destroy()
  assert.equal(await channel.answers(10_000), false)
})
