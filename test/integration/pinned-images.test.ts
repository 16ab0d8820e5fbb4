import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import type { Environment } from '../../src/environment/environment.ts'
import { DockerPlatform } from '../../src/platform/docker/docker-platform.ts'
import { TestRegistry } from '../support/registry.ts'

const never = new AbortController().signal
const initPath = fileURLToPath(new URL('../../init/build/run-it-init', import.meta.url))

suite('images that are pinned, and a registry', () => {
  const docker = new Docker()
  const name = `run-it-test-${randomUUID()}`
  let registry: TestRegistry
  let platform: DockerPlatform
  before(async () => {
    registry = await TestRegistry.start()
    platform = newPlatform()
  })
  after(async () => {
    await platform.close()
    await removeAll()
    await registry[Symbol.asyncDispose]()
  })

  function newPlatform(): DockerPlatform {
    return new DockerPlatform({ installationId: randomUUID(), initPath, cpus: 1, pull: true, build: false })
  }

  function environment(digest?: string): Environment {
    const source = { kind: 'registry', reference: `${registry.address}/${name}:1.0.0` } as const
    return { name: 'example', version: '1.0.0', source, recipe: { run: ['x'], env: {} }, extensions: [], digest }
  }

  /** A platform remembers what a name means, for a while: who asks by name gets a new one, and pinned ones come after it. */
  async function prepare(digest?: string) {
    if (digest === undefined) {
      await platform.close()
      platform = newPlatform()
    }
    return await platform.prepare([environment(digest)], () => {}, never)
  }

  /** Everything of this registry that the engine has. */
  async function removeAll(): Promise<void> {
    for (const image of await docker.listImages({ digests: true } as object)) {
      const names = [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])]
      if (names.some(found => found.includes(name))) await docker.getImage(image.Id).remove({ force: true })
    }
  }

  test('the digest of a published image is the one that it is pulled by', async () => {
    const pushed = await registry.push(name, '1.0.0', 'first')
    const image = await prepare()
    assert.equal(image.digest, pushed)
    assert.notEqual(image.reference, pushed)
  })

  test('a pinned image is used as it is here, wherever its tag leads now', async () => {
    const { digest } = await prepare()
    const second = await registry.push(name, '1.0.0', 'second')
    assert.notEqual(second, digest)
    const asked = registry.requests.length
    const pinned = await prepare(digest)
    assert.deepEqual([pinned.digest, pinned.env.CONTENT], [digest, 'first'])
    assert.equal(registry.requests.length, asked)
  })

  test('a pinned image that is not here is pulled by its digest, and not by its tag', async () => {
    const first = (await prepare()).digest
    const second = await registry.push(name, '1.0.0', 'second')
    await removeAll()
    const pinned = await prepare(first)
    assert.deepEqual([pinned.digest, pinned.env.CONTENT, pinned.version], [first, 'first', '1.0.0'])
    // The image without a tag is not what the tag means.
    assert.deepEqual(await platform.images([environment()], never), [])
    const current = await prepare()
    assert.deepEqual([current.digest, current.env.CONTENT], [second, 'second'])
  })

  test('an image that is here under another name only is found by what the engine calls it', async () => {
    const { reference } = await prepare()
    await docker.getImage(reference).tag({ repo: `${name}-copy`, tag: 'kept' })
    for (const tag of (await docker.getImage(reference).inspect()).RepoTags) {
      if (!tag.includes('-copy')) await docker.getImage(tag).remove()
    }
    const { digest, reference: found } = await prepare(reference)
    assert.deepEqual([digest, found], [reference, reference])
  })

  test('a pinned image that the registry has not any more is unavailable, though the tag is there', async () => {
    await removeAll()
    const gone = await registry.push(name, '1.0.0', 'third')
    await registry.push(name, '1.0.0', 'fourth')
    registry.forget(gone)
    await prepare()
    await assert.rejects(prepare(gone), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'environment-unavailable')
      assert.ok(error.message.includes(gone), error.message)
      return true
    })
  })
})
