import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { empty, FakeEngine, json } from '../../../test/support/fake-engine.ts'
import { FakeInit } from '../../../test/support/fake-init.ts'
import { waitFor } from '../../../test/support/wait-for.ts'
import type { Environment } from '../../environment/environment.ts'
import { newRunId } from '../../run/id.ts'
import { defaultLimits, type Limits } from '../../run/limits.ts'
import type { SandboxRequest, StageRequest } from '../platform.ts'
import { DockerPlatform } from './docker-platform.ts'
import type { DockerImage } from './images.ts'
import type { WarmOptions } from './warm-slots.ts'

const MiB = 1024 * 1024
const never = new AbortController().signal
const environment: Environment = {
  name: 'fake',
  version: '1.0.0',
  source: { kind: 'registry', reference: 'fake:1.0.0' },
  recipe: { run: ['true'], env: {} },
  extensions: [],
}
const image: DockerImage = {
  environment,
  version: '1.0.0',
  reference: 'sha256:fake',
  digest: 'sha256:fake',
  sizeBytes: 1,
  env: {},
  volumes: [],
}

function request(limits: Partial<Limits> = {}): SandboxRequest {
  const deadline = new Date(Date.now() + 60_000)
  return {
    runId: newRunId(),
    attempt: 1,
    image,
    limits: { ...defaultLimits, ...limits },
    network: false,
    deadline,
  }
}

interface House {
  readonly engine: FakeEngine
  readonly platform: DockerPlatform
  /** In the order in which they were started. */
  readonly inits: FakeInit[]
  /** What an init answers to the byte that asks whether it lives. */
  answer: (init: FakeInit) => void
}

async function open(context: TestContext, warm: Partial<WarmOptions> = {}): Promise<House> {
  const engine = await FakeEngine.start()
  engine.on(/^GET \/volumes\//, json(200, { Labels: { 'run-it.init': 'filled' } }))
  engine.on(/^POST \/containers\/create$/, json(201, { Id: 'box' }))
  engine.on(/^POST \/containers\/box\/start$/, empty(204))
  engine.on(/^POST \/containers\/box\/rename$/, empty(204))
  engine.on(/^DELETE \/containers\//, empty(204))
  const platform = new DockerPlatform({
    installationId: 'test',
    host: engine.host,
    // Any file will do: this engine starts nothing.
    initPath: fileURLToPath(import.meta.url),
    cpus: 1,
    pull: false,
    build: false,
    warm: { budgetBytes: 512 * MiB, pins: [], ...warm },
  })
  const inits: FakeInit[] = []
  const house: House = { engine, platform, inits, answer: init => init.stdinTaken(1) }
  engine.onAttach = line => {
    const init = new FakeInit(line)
    inits.push(init)
    init.onFrame = type => {
      if (type === 0x11) house.answer(init)
    }
    init.ready()
  }
  context.after(async () => {
    await platform.close()
    await engine.close()
  })
  return house
}

function count(engine: FakeEngine, call: RegExp): number {
  return engine.calls.filter(made => call.test(made)).length
}

async function warmIs({ platform }: House, wanted: number): Promise<void> {
  await waitFor(`${wanted} warm sandboxes`, () => platform.warmCount === wanted)
}

test('after the first run of a kind a sandbox waits for the next, which needs nothing of the engine', async context => {
  const house = await open(context)
  await using first = await house.platform.open(request(), never)
  assert.equal(first.warm, false)
  await warmIs(house, 1)
  const before = count(house.engine, /create$|start$/)
  await using second = await house.platform.open(request(), never)
  assert.equal(second.warm, true)
  assert.equal(count(house.engine, /create$|start$/), before)
  assert.notEqual(first, second)
})

test('two runs at once never get the same one', async context => {
  const house = await open(context)
  await using _first = await house.platform.open(request(), never)
  await warmIs(house, 1)
  const sandboxes = await Promise.all([1, 2, 3].map(() => house.platform.open(request(), never)))
  assert.equal(new Set(sandboxes).size, 3)
  assert.equal(sandboxes.filter(sandbox => sandbox.warm).length, 1)
  for (const sandbox of sandboxes) await sandbox[Symbol.asyncDispose]()
})

test('other memory and processes start warm, another disk starts cold', async context => {
  const house = await open(context)
  await using _first = await house.platform.open(request(), never)
  await warmIs(house, 1)
  await using odd = await house.platform.open(request({ diskBytes: MiB }), never)
  assert.equal(odd.warm, false)
  await using changed = await house.platform.open(request({ memoryBytes: 64 * MiB, processes: 7 }), never)
  assert.equal(changed.warm, true)
})

test('a run that may last longer than the life of what waits starts cold', async context => {
  const house = await open(context)
  await using _first = await house.platform.open(request(), never)
  await warmIs(house, 1)
  const long = { ...request(), deadline: new Date(Date.now() + 24 * 3_600_000) }
  await using sandbox = await house.platform.open(long, never)
  assert.equal(sandbox.warm, false)
})

test('one that ended is replaced, and nobody is told', async context => {
  const house = await open(context)
  await using _first = await house.platform.open(request(), never)
  await warmIs(house, 1)
  const starts = count(house.engine, /start$/)
  house.inits[1]?.line.destroy()
  await waitFor('another one', () => count(house.engine, /start$/) > starts && house.platform.warmCount === 1)
  await using next = await house.platform.open(request(), never)
  assert.equal(next.warm, true)
})

const stage: StageRequest = { name: 'run', argv: ['true'], env: {}, stdin: new Uint8Array(), limits: defaultLimits }
const stageFrame = 0x10

/** What it takes for one that was made ahead to be given a stage whose init is dead, in some way. */
for (const [name, die] of Object.entries({
  'does not answer': () => {},
  'is killed at the very moment': (init: FakeInit) => init.line.destroy(),
})) {
  test(`one that ${name} is replaced in the middle of its first stage, and nobody is told`, async context => {
    const house = await open(context)
    await using _first = await house.platform.open(request(), never)
    await warmIs(house, 1)
    house.answer = die
    await using next = await house.platform.open(request(), never)
    assert.equal(next.warm, true)
    const dead = house.inits.length
    const removed = count(house.engine, /^DELETE/)
    const exit = next.exec(stage, { write: () => {} }, never)
    const init = await waitFor('another one', () =>
      house.inits.slice(dead).find(each => each.received.includes(stageFrame)),
    )
    assert.ok(count(house.engine, /^DELETE/) > removed)
    init.exit('exited')
    assert.deepEqual((await exit).outcome, { kind: 'exited', code: 0 })
  })

  test(`one that ${name} is given nothing of what may not be executed twice`, async context => {
    const house = await open(context)
    await using _first = await house.platform.open(request(), never)
    await warmIs(house, 1)
    house.answer = die
    const waiting = house.inits.at(-1)
    await using next = await house.platform.open({ ...request(), onlyOnce: true }, never)
    const exit = next.exec(stage, { write: () => {} }, never)
    const init = await waitFor('the stage', () => house.inits.find(each => each.received.includes(stageFrame)))
    assert.notEqual(init, waiting)
    init.exit('exited')
    assert.deepEqual((await exit).outcome, { kind: 'exited', code: 0 })
  })
}

test('the budget is kept', async context => {
  const house = await open(context, { budgetBytes: 8 * MiB })
  const opened = await Promise.all([1, 2, 3, 4].map(() => house.platform.open(request(), never)))
  await warmIs(house, 1)
  for (const sandbox of opened) await sandbox[Symbol.asyncDispose]()
  await using next = await house.platform.open(request(), never)
  assert.equal(next.warm, true)
  await warmIs(house, 1)
})

test('closing removes all that wait, and nothing is made any more', async context => {
  const house = await open(context)
  const opened = await Promise.all([1, 2, 3].map(() => house.platform.open(request(), never)))
  for (const sandbox of opened) await sandbox[Symbol.asyncDispose]()
  await warmIs(house, 3)
  const removed = count(house.engine, /^DELETE/)
  await house.platform.close()
  assert.equal(house.platform.warmCount, 0)
  assert.equal(count(house.engine, /^DELETE/), removed + 3)
  await using cold = await house.platform.open(request(), never)
  assert.equal(cold.warm, false)
})

test('what is pinned is there before anybody asks, but never pulled', async context => {
  const pins = [{ candidates: [environment], count: 2, request: () => request() }]
  const house = await open(context, { pins })
  let isPresent = false
  house.engine.on(/^GET \/images\/.*json$/, (response, incoming) => {
    const info = { Id: 'sha256:fake', RepoDigests: [], RepoTags: [], Config: { Env: [], Volumes: null } }
    return isPresent ? json(200, info)(response, incoming) : json(404, { message: 'no such image' })(response, incoming)
  })
  house.engine.on(/^GET \/containers\/json$/, json(200, []))
  await house.platform.sweep(new Set(), never)
  await waitFor('the look for the image', () => count(house.engine, /^GET \/images/) > 0)
  assert.equal(house.platform.warmCount, 0)
  isPresent = true
  const other = await open(context, { pins })
  other.engine.on(/^GET \/images\/.*json$/, json(200, { Id: 'sha256:fake', RepoTags: [], Config: { Env: [] } }))
  other.engine.on(/^GET \/containers\/json$/, json(200, []))
  await other.platform.sweep(new Set(), never)
  await warmIs(other, 2)
  assert.equal(count(other.engine, /^POST \/images/), 0)
})

test('an engine that fails is not asked again and again', async context => {
  const house = await open(context)
  await using _first = await house.platform.open(request(), never)
  house.engine.on(/^POST \/containers\/create$/, json(500, { message: 'no space left on device' }))
  await waitFor('a failure', () => count(house.engine, /create$/) === 2)
  await waitFor('the next try', () => count(house.engine, /create$/) === 3)
  await assert.rejects(house.platform.open(request(), never))
  assert.ok(count(house.engine, /create$/) <= 5)
})
