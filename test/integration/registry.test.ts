import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import type { Environment } from '../../src/environment/environment.ts'
import { DockerPlatform } from '../../src/platform/docker/docker-platform.ts'
import type { RegistrySettings } from '../../src/platform/docker/registry.ts'
import type { PlatformError } from '../../src/platform/platform-error.ts'
import type { ImageProgress } from '../../src/run/event.ts'
import { ImageStore } from '../../src/store/image-store.ts'
import { openMemoryDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { ImageKeeper } from '../../src/worker/image-keeper.ts'
import { PlatformMonitor } from '../../src/worker/platform-monitor.ts'
import { RealRegistry, registryCredentials, removeImagesOf } from '../support/real-registry.ts'
import { RegistryProxy } from '../support/registry-proxy.ts'
import { waitFor } from '../support/wait-for.ts'

const never = new AbortController().signal
const initPath = fileURLToPath(new URL('../../init/build/run-it-init', import.meta.url))
const MiB = 1024 * 1024

function platformWith(registry: Partial<RegistrySettings> = {}): DockerPlatform {
  return new DockerPlatform({ installationId: randomUUID(), initPath, cpus: 1, pull: true, build: false, registry })
}

function tiny(address: string, version: string): Environment {
  const source = { kind: 'registry', reference: `${address}/tiny:${version}-slim` } as const
  return { name: 'tiny', version, source, recipe: { run: ['/interpret', '{main}'], env: {} }, extensions: ['.tiny'] }
}

async function prepare(platform: DockerPlatform, environment: Environment, steps: ImageProgress[] = []) {
  try {
    return await platform.prepare([environment], step => steps.push(step), never)
  } finally {
    await platform.close()
  }
}

/** Why it could not be had. */
async function refusal(platform: DockerPlatform, environment: Environment): Promise<string> {
  const error = await prepare(platform, environment).then(
    () => assert.fail('it was pulled'),
    (failure: PlatformError) => failure,
  )
  assert.equal(error.code, 'environment-unavailable', error.stack)
  return error.message
}

suite('a registry', () => {
  const docker = new Docker()
  let registry: RealRegistry
  let proxy: RegistryProxy
  let digest: string
  before(async () => {
    registry = await RealRegistry.start()
    proxy = await RegistryProxy.start(registry.address)
    digest = await registry.push('tiny', '1.16.3-slim', { paddingBytes: 4 * MiB })
    for (const tag of ['1.16.4-slim', '1.17.0-slim', '1.9.0-slim', '2.0.0-slim', '1.16.2', 'latest', 'edge-slim']) {
      await registry.push('tiny', tag)
    }
  })
  after(async () => {
    if (proxy !== undefined) await removeImagesOf(docker, proxy.address)
    await proxy?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })

  test('gives any version that it has, with progress, and once however many want it', async () => {
    const platform = platformWith()
    const heard = Array.from({ length: 100 }, (): ImageProgress[] => [])
    const environment = tiny(proxy.address, '1.16.3')
    const images = await Promise.all(
      heard.map(steps => platform.prepare([environment], step => steps.push(step), never)),
    )
    await platform.close()
    for (const image of images) assert.deepEqual([image.version, image.digest], ['1.16.3', digest])
    for (const steps of heard) {
      assert.match(steps[0]?.message ?? '', /^Pulling 127\.0\.0\.1:\d+\/tiny:1\.16\.3-slim$/)
      const last = steps.findLast(step => step.totalBytes !== undefined)
      assert.ok((last?.totalBytes ?? 0) > 4 * MiB, JSON.stringify(steps))
    }
    const blobs = proxy.requests.filter(request => request.startsWith('GET') && request.includes('/blobs/'))
    assert.equal(new Set(blobs).size, blobs.length, blobs.join('\n'))
  })

  test('that does not have a version is told with the nearest that it has', async () => {
    const message = await refusal(platformWith(), tiny(proxy.address, '1.16.9'))
    assert.match(
      message,
      /has no 127\.0\.0\.1:\d+\/tiny:1\.16\.9-slim; nearest: tiny@1\.16\.4, tiny@1\.16\.3, tiny@1\.17\.0$/,
    )
    const nothing = {
      ...tiny(proxy.address, '1.0.0'),
      source: { kind: 'registry', reference: `${proxy.address}/none:1` },
    }
    assert.match(await refusal(platformWith(), nothing as Environment), /the registry has no 127\.0\.0\.1:\d+\/none:1$/)
  })

  test('that stalls in the middle is given up', async () => {
    await using stalled = await RegistryProxy.start(registry.address)
    stalled.trouble(/\/tiny\/blobs\//, 'stall')
    const platform = platformWith({ stallMs: 1_500 })
    assert.match(await refusal(platform, tiny(stalled.address, '1.16.4')), /nothing was heard for 1\.5 s/)
  })

  test('that does not answer at all is given up, and what waits is let go', async () => {
    await using silent = await RegistryProxy.start(registry.address)
    silent.trouble(/\/manifests\//, 'silence')
    const platform = platformWith({ stallMs: 1_500 })
    assert.match(await refusal(platform, tiny(silent.address, '1.16.4')), /nothing was heard for 1\.5 s/)
  })

  test('whose connection is cut goes on where it is mended, and is given up where it is not', async () => {
    await using mended = await RegistryProxy.start(registry.address)
    mended.trouble(/\/tiny\/blobs\//, 'cut', 1)
    const image = await prepare(platformWith(), tiny(mended.address, '1.17.0'))
    assert.equal(image.version, '1.17.0')
    await removeImagesOf(docker, mended.address)
    await using broken = await RegistryProxy.start(registry.address)
    broken.trouble(/\/tiny\/blobs\//, 'cut')
    const message = await refusal(platformWith({ deadlineMs: 2_000 }), tiny(broken.address, '2.0.0'))
    assert.match(message, /it took longer than 2 s, and was given up/)
  })

  test('that fails or has enough of us says so, and is left alone for a while', async () => {
    for (const trouble of [500, 429] as const) {
      await using failing = await RegistryProxy.start(registry.address)
      failing.trouble(/\/manifests\//, trouble)
      const platform = platformWith()
      const ask = () => platform.prepare([tiny(failing.address, '1.9.0')], () => {}, never)
      await assert.rejects(ask(), new RegExp(`the proxy says ${trouble}|${trouble}`))
      const asked = failing.requests.length
      await assert.rejects(ask(), /the registry could not be reached just now/)
      assert.equal(failing.requests.length, asked)
      // Another one is none of its business.
      await platform.prepare([tiny(registry.address, '1.9.0')], () => {}, never)
      await platform.close()
    }
  })

  test('has no image of another platform than it has', async () => {
    const platform = platformWith({ imagePlatform: process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64' })
    assert.match(
      await refusal(platform, tiny(registry.address, '2.0.0')),
      /the registry has no .*tiny:2\.0\.0-slim for linux\//,
    )
    const own = platformWith({ imagePlatform: process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64' })
    assert.equal((await prepare(own, tiny(registry.address, '2.0.0'))).version, '2.0.0')
  })

  test('images that nobody used for long are removed from the engine, and those that somebody uses stay', async () => {
    const database = await openMemoryDatabase()
    const platform = platformWith()
    const monitor = new PlatformMonitor(platform)
    await monitor.look(never)
    const images = new ImageStore(database)
    const observer = createObserver(createLog({ level: 'silent', format: 'json' }))
    const imageRules = { keepMs: 60 * 60_000, pinned: [tiny(registry.address, '1.9.0')] }
    const keeper = new ImageKeeper({ images, platform, monitor, observer, imageRules, onRemoved: () => {} })
    const kept: Record<string, string> = {}
    await removeImagesOf(docker, registry.address)
    for (const version of ['1.16.4', '1.17.0', '1.9.0']) {
      const image = await platform.prepare([tiny(registry.address, version)], () => {}, never)
      keeper.use(image)
      kept[version] = image.reference
    }
    await waitFor('the uses to be written', async () => (await images.list()).length === 3)
    const container = await docker.createContainer({ Image: kept['1.17.0'], Cmd: ['/interpret'] })
    const here = async () => {
      const versions = Object.keys(kept).map(version => tiny(registry.address, version))
      return (await platform.images(versions, never)).map(image => image.version)
    }
    await keeper.sweep(never)
    assert.deepEqual(await here(), ['1.16.4', '1.17.0', '1.9.0'])
    const later = new Date(Date.now() + 2 * 60 * 60_000)
    await keeper.sweep(never, later)
    assert.deepEqual(await here(), ['1.17.0', '1.9.0'])
    await container.remove()
    await keeper.sweep(never, later)
    assert.deepEqual(await here(), ['1.9.0'])
    await platform.close()
    await database.close()
  })

  test('an image is removed with all its names, and none that a container uses', async () => {
    const platform = platformWith()
    const image = await platform.prepare([tiny(registry.address, '1.16.4')], () => {}, never)
    const names = [`${registry.address}/tiny`, `run-it-test-${randomUUID()}`]
    for (const repo of names) await docker.getImage(image.reference).tag({ repo, tag: 'another' })
    const container = await docker.createContainer({ Image: image.reference, Cmd: ['/interpret'] })
    assert.equal(await platform.removeImage(image.reference, never), 'in-use')
    assert.equal((await docker.getImage(image.reference).inspect()).RepoTags.length, 3)
    await container.remove()
    assert.equal(await platform.removeImage(image.reference, never), 'removed')
    await assert.rejects(docker.getImage(image.reference).inspect(), { statusCode: 404 })
    assert.equal(await platform.removeImage(image.reference, never), 'gone')
    await platform.close()
  })

  test('an image that is removed before its sandbox is opened is told, and can be prepared again', async () => {
    const platform = platformWith()
    const environment = tiny(registry.address, '1.16.4')
    const open = async () => {
      const image = await platform.prepare([environment], () => {}, never)
      await docker.getImage(image.reference).remove({ force: true })
      const { defaultLimits: limits } = await import('../../src/run/limits.ts')
      const { newRunId } = await import('../../src/run/id.ts')
      const deadline = new Date(Date.now() + 60_000)
      return await platform.open({ runId: newRunId(), attempt: 1, image, limits, network: false, deadline }, never)
    }
    await assert.rejects(open(), { name: 'PlatformError', code: 'image-gone' })
    const again = await prepare(platform, environment)
    assert.equal(again.version, '1.16.4')
  })
})

suite('a registry with a lock', () => {
  let registry: RealRegistry
  before(async () => {
    registry = await RealRegistry.start({ lock: true })
    for (const tag of ['1.0.0-slim', '1.1.0-slim']) await registry.push('tiny', tag)
  })
  after(() => registry?.[Symbol.asyncDispose]())

  const prefix = () => `${registry.address}/`

  test('opens for the right name and password, and for nothing else', async () => {
    const environment = () => tiny(registry.address, '1.0.0')
    assert.match(await refusal(platformWith({ prefix: prefix() }), environment()), /it may want registryUser and/)
    const wrong = { prefix: prefix(), credentials: { user: 'operator', password: 'wrong-password' } }
    const message = await refusal(platformWith(wrong), environment())
    assert.match(message, /the name or the password that is set is not right/)
    assert.doesNotMatch(message, /wrong-password/)
    const right = { prefix: prefix(), credentials: registryCredentials }
    assert.equal((await prepare(platformWith(right), environment())).version, '1.0.0')
    assert.match(
      await refusal(platformWith(right), tiny(registry.address, '1.2.0')),
      /nearest: tiny@1\.1\.0, tiny@1\.0\.0$/,
    )
  })

  test('does not get to see the password of another one', async () => {
    const elsewhere = { prefix: 'mirror.example/', credentials: registryCredentials }
    assert.match(
      await refusal(platformWith(elsewhere), tiny(registry.address, '1.1.0')),
      /it may want registryUser and/,
    )
  })
})
