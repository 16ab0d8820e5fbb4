import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { empty, FakeEngine, json, messages } from '../../../test/support/fake-engine.ts'
import { FakeInit } from '../../../test/support/fake-init.ts'
import { newRunId } from '../../run/id.ts'
import { defaultLimits } from '../../run/limits.ts'
import type { SandboxRequest } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { DockerPlatform } from './docker-platform.ts'
import type { DockerImage } from './images.ts'

const never = new AbortController().signal
const image: DockerImage = {
  environment: {
    name: 'fake',
    version: '1.0.0',
    source: { kind: 'registry', reference: 'fake:1.0.0' },
    recipe: { run: ['true'], env: {} },
    extensions: [],
  },
  version: '1.0.0',
  reference: 'sha256:fake',
  digest: 'sha256:fake',
  sizeBytes: 1,
  env: {},
  volumes: [],
}

function request(): SandboxRequest {
  const deadline = new Date(Date.now() + 60_000)
  return { runId: newRunId(), attempt: 1, image, limits: defaultLimits, network: false, deadline }
}

async function open(context: TestContext): Promise<{ engine: FakeEngine; platform: DockerPlatform }> {
  const engine = await FakeEngine.start()
  context.after(() => engine.close())
  engine.on(/^GET \/volumes\//, json(200, { Labels: { 'run-it.init': 'filled' } }))
  engine.on(/^POST \/containers\/create$/, json(201, { Id: 'box' }))
  engine.on(/^POST \/containers\/box\/start$/, empty(204))
  engine.on(/^POST \/images\/create$/, messages({ status: 'imported' }))
  engine.on(/^DELETE \/containers\//, empty(204))
  engine.onAttach = line => new FakeInit(line).ready()
  // Any file will do: this engine starts nothing.
  const initPath = fileURLToPath(import.meta.url)
  return {
    engine,
    platform: new DockerPlatform({
      installationId: 'test',
      host: engine.host,
      initPath,
      cpus: 1,
      pull: true,
      build: false,
    }),
  }
}

function isLost(error: unknown): boolean {
  return error instanceof PlatformError && error.code === 'sandbox-lost'
}

test('a volume that lost init is filled, and the sandbox opens all the same', async context => {
  const { engine, platform } = await open(context)
  const message = 'OCI runtime create failed: exec: "/.run-it/init": stat /.run-it/init: no such file or directory'
  engine.on(/^POST \/containers\/box\/start$/, (response, request) => {
    const isFilled = engine.calls.includes('POST /images/create')
    return isFilled ? empty(204)(response, request) : json(400, { message })(response, request)
  })
  await using _sandbox = await platform.open(request(), never)
  assert.ok(engine.calls.includes('POST /images/create'))
})

test('a sandbox that does not find init twice is lost, and may be tried again', async context => {
  const { engine, platform } = await open(context)
  engine.on(/^POST \/containers\/box\/start$/, json(400, { message: 'stat /.run-it/init: no such file or directory' }))
  await assert.rejects(platform.open(request(), never), isLost)
  assert.equal(engine.calls.filter(call => call.endsWith('/start')).length, 2)
})

test('a new volume is made and filled in one call, so that a crash leaves no empty one', async context => {
  const { engine, platform } = await open(context)
  engine.on(/^GET \/volumes\//, json(404, { message: 'no such volume' }))
  await using _sandbox = await platform.open(request(), never)
  assert.ok(!engine.calls.includes('POST /volumes/create'))
})

test('a container that is taken away while it is opened is a lost sandbox, and is removed', async context => {
  for (const call of [/attach$/, /start$/]) {
    const { engine, platform } = await open(context)
    engine.on(call, json(404, { message: 'there is no such container' }))
    const wanted = request()
    await assert.rejects(platform.open(wanted, never), isLost)
    assert.ok(engine.calls.includes(`DELETE /containers/run-it-${wanted.runId.toLowerCase()}-1`))
  }
})

test('a container whose making was never answered is removed by its name', async context => {
  const { engine, platform } = await open(context)
  const cancel = new AbortController()
  engine.on(/^POST \/containers\/create$/, () => cancel.abort('canceled'))
  const wanted = request()
  await assert.rejects(platform.open(wanted, cancel.signal), error => error === 'canceled')
  assert.ok(engine.calls.includes(`DELETE /containers/run-it-${wanted.runId.toLowerCase()}-1`))
})

test('a container that ends before init is ready is a lost sandbox', async context => {
  const { engine, platform } = await open(context)
  engine.onAttach = line => line.end()
  await assert.rejects(platform.open(request(), never), isLost)
})

test('the architecture is that of the images that it runs: the engine’s own, or the one that is asked for', async context => {
  const engine = await FakeEngine.start()
  context.after(() => engine.close())
  engine.on(
    /^GET \/version$/,
    json(200, { Version: '29.0.0', ApiVersion: '1.52', MinAPIVersion: '1.44', Arch: 'arm64' }),
  )
  engine.on(/^GET \/info$/, json(200, { ID: 'one', OperatingSystem: 'Debian' }))
  for (const [imagePlatform, architecture] of [
    [undefined, 'arm64'],
    ['linux/amd64', 'amd64'],
  ] as const) {
    const registry = imagePlatform === undefined ? {} : { imagePlatform }
    const initPath = fileURLToPath(import.meta.url)
    const options = { installationId: 'test', initPath, cpus: 1, pull: false, build: false }
    const platform = new DockerPlatform({ ...options, host: engine.host, registry })
    assert.equal((await platform.check(never)).architecture, architecture)
    await platform.close()
  }
})
