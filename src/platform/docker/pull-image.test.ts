import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type EngineAnswer, FakeEngine, json, messages } from '../../../test/support/fake-engine.ts'
import { PlatformError } from '../platform-error.ts'
import { DockerEngine } from './engine.ts'
import { type PullResult, pullImage } from './pull-image.ts'
import { plainRegistry } from './registry.ts'

async function pull(context: TestContext, answer: EngineAnswer): Promise<PullResult> {
  const engine = await FakeEngine.start()
  context.after(() => engine.close())
  engine.on(/^POST \/images\/create$/, answer)
  return await pullImage(new DockerEngine(engine.host), 'fake:1', plainRegistry, () => {}, new AbortController().signal)
}

function isAway(error: unknown): boolean {
  return error instanceof PlatformError && error.code === 'unavailable'
}

test('pullImage tells a registry that has no such image from one that is away', async context => {
  assert.equal((await pull(context, json(404, { message: 'manifest unknown' }))).kind, 'not-found')
  assert.equal((await pull(context, json(500, { message: 'dial tcp: no such host' }))).kind, 'registry-away')
  assert.equal((await pull(context, messages({ error: 'manifest for fake:1 not found' }))).kind, 'not-found')
  assert.equal((await pull(context, messages({ error: 'unexpected EOF' }))).kind, 'registry-away')
  assert.equal((await pull(context, messages({ status: 'Pull complete' }))).kind, 'pulled')
})

test('pullImage tells what else can stand against it', async context => {
  const kinds = {
    'no basic auth credentials': 'denied',
    'pull access denied for fake, repository does not exist': 'denied',
    'unauthorized: authentication required': 'denied',
    'repository name not known to registry': 'not-found',
    'no matching manifest for linux/arm64 in the manifest list entries': 'not-found',
    'toomanyrequests: You have reached your pull rate limit': 'registry-away',
    'failed to register layer: write /usr/bin/x: no space left on device': 'disk-full',
  }
  for (const [error, kind] of Object.entries(kinds)) {
    const answer = error.startsWith('failed') ? messages({ error }) : json(500, { message: error })
    assert.equal((await pull(context, answer)).kind, kind, error)
  }
})

test('what a registry says is a line of bounded length', async context => {
  const result = await pull(context, json(500, { message: `denied: \u001b[2J\n${'x'.repeat(10_000)}` }))
  assert.ok(result.kind === 'denied')
  assert.match(result.why, /^denied: {2}\[2J x{480,490}$/)
})

test('an engine that goes away in the middle of a pull is not taken for a registry that does', async context => {
  const cut: EngineAnswer = response => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"status":"Downloading"}\n', () => response.destroy())
  }
  await assert.rejects(pull(context, cut), isAway)
  await assert.rejects(pull(context, messages({ error: 'context canceled' })), isAway)
})
