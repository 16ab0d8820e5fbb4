import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DockerPlatform } from '../../src/platform/docker/docker-platform.ts'
import { PlatformError } from '../../src/platform/platform-error.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { waitFor } from '../support/wait-for.ts'

test('an engine that stalls is away, and keeps none of our connections', async context => {
  const engine = await FakeEngine.start()
  context.after(() => engine.close())
  engine.on(/^GET \/version$/, () => {})
  const initPath = fileURLToPath(import.meta.url)
  const options = { installationId: 'here', host: engine.host, initPath, cpus: 1, pull: false, build: false }
  const platform = new DockerPlatform(options)
  const { signal } = new AbortController()
  await assert.rejects(platform.check(signal), error => error instanceof PlatformError && error.code === 'unavailable')
  await waitFor('the connections to close', async () => (await engine.openConnections()) === 0)
})
