import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../src/environment/environment.ts'
import { DockerPlatform } from '../../src/platform/docker/docker-platform.ts'
import type { PlatformError } from '../../src/platform/platform-error.ts'
import { PrivateEngine } from '../support/private-engine.ts'
import { RealRegistry } from '../support/real-registry.ts'

const never = new AbortController().signal
const initPath = fileURLToPath(new URL('../../init/build/run-it-init', import.meta.url))
const MiB = 1024 * 1024

suite('an engine whose disk is full', () => {
  test('pulls what has room, and says of the rest that there is none', async () => {
    await using registry = await RealRegistry.start()
    await registry.push('tiny', '1.0.0')
    await registry.push('tiny', '2.0.0', { paddingBytes: 48 * MiB })
    await using engine = await PrivateEngine.start({ diskBytes: 40 * MiB })
    await using inside = await RealRegistry.start({ of: registry, networkOf: engine.pid })
    const settings = { installationId: randomUUID(), initPath, cpus: 1, pull: true, build: false, host: engine.host }
    const platform = new DockerPlatform(settings)
    const prepare = (version: string) => {
      const source = { kind: 'registry', reference: `${inside.address}/tiny:${version}` } as const
      const recipe = { run: ['/interpret', '{main}'], env: {} }
      const environment: Environment = { name: 'tiny', version, source, recipe, extensions: [] }
      return platform.prepare([environment], () => {}, never)
    }
    try {
      assert.equal((await prepare('1.0.0')).version, '1.0.0')
      await assert.rejects(prepare('2.0.0'), (error: PlatformError) => {
        assert.equal(error.code, 'environment-unavailable')
        assert.match(error.message, /there is no room for it on the engine's disk; .*no space left on device/)
        return true
      })
      assert.equal((await prepare('1.0.0')).version, '1.0.0')
    } finally {
      await platform.close()
    }
  })
})
