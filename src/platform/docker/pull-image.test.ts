import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type EngineAnswer, FakeEngine, json, messages } from '../../../test/support/fake-engine.ts'
import { PlatformError } from '../platform-error.ts'
import { DockerEngine } from './engine.ts'
import { type PullResult, pullImage } from './pull-image.ts'

async function pull(context: TestContext, answer: EngineAnswer): Promise<PullResult> {
  const engine = await FakeEngine.start()
  context.after(() => engine.close())
  engine.on(/^POST \/images\/create$/, answer)
  return await pullImage(new DockerEngine(engine.host), 'fake:1', () => {}, new AbortController().signal)
}

function isAway(error: unknown): boolean {
  return error instanceof PlatformError && error.code === 'unavailable'
}

test('pullImage tells a registry that refuses from one that is away', async context => {
  assert.equal((await pull(context, json(404, { message: 'manifest unknown' }))).kind, 'refused')
  assert.equal((await pull(context, json(500, { message: 'dial tcp: no such host' }))).kind, 'registry-away')
  assert.equal((await pull(context, messages({ error: 'manifest for fake:1 not found' }))).kind, 'refused')
  assert.equal((await pull(context, messages({ error: 'unexpected EOF' }))).kind, 'registry-away')
  assert.equal((await pull(context, messages({ status: 'Pull complete' }))).kind, 'pulled')
})

test('an engine that goes away in the middle of a pull is not taken for a registry that does', async context => {
  const cut: EngineAnswer = response => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"status":"Downloading"}\n', () => response.destroy())
  }
  await assert.rejects(pull(context, cut), isAway)
  await assert.rejects(pull(context, messages({ error: 'context canceled' })), isAway)
})
