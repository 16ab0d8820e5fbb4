import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { type ExampleHouse, exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import type { Environment } from '../environment/environment.ts'
import { FakePlatform } from '../platform/fake/fake-platform.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { RunId } from '../run/id.ts'
import type { Run } from '../run/run.ts'
import type { Database } from '../store/database.ts'
import type { NewRun } from '../store/run-store.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'
import { WorkerStore } from '../store/worker-store.ts'
import { createObserver } from '../telemetry/create-observer.ts'
import { createLog } from '../telemetry/log.ts'
import { Worker } from './worker.ts'

const environment: Environment = {
  name: 'fake',
  version: '1.0.0',
  source: { kind: 'registry', reference: 'fake:1.0.0' },
  recipe: { compile: ['compile', '{main}'], run: ['interpret', '{main}'], env: {} },
  extensions: ['.fake'],
}

interface House extends ExampleHouse {
  readonly platform: FakePlatform
  readonly workers: WorkerStore
  readonly log: () => string
  /** Starts a worker; the first one starts by itself. */
  start(options?: { readonly slots?: number; readonly drainTimeoutMs?: number }): Worker
}

async function open(
  context: TestContext,
  options: { readonly platform?: FakePlatform; readonly house?: (database: Database) => ExampleHouse } = {},
): Promise<House> {
  const timersBefore = timerCount()
  const database = await openMemoryDatabase()
  const parts = (options.house ?? exampleHouse)(database)
  const platform = options.platform ?? new FakePlatform()
  const workers = new WorkerStore(database)
  let text = ''
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      text += chunk
      done()
    },
  })
  const observer = createObserver(createLog({ level: 'info', format: 'json', destination }))
  const started: Worker[] = []
  context.after(async () => {
    for (const worker of started) worker.hurry()
    await Promise.all(started.map(worker => worker.stop()))
    await parts.queue.close()
    await database.close()
    assert.deepEqual(platform.violations, [])
    await waitFor('the timers to be gone', () => timerCount() <= timersBefore, 3_000)
  })
  const start: House['start'] = ({ slots = 1, drainTimeoutMs = 60_000 } = {}) => {
    const resolve = () => [environment]
    const hints = database.hints
    const worker = new Worker({ ...parts, hints, platform, workers, observer, resolve, slots, drainTimeoutMs })
    worker.start()
    started.push(worker)
    return worker
  }
  return { ...parts, platform, workers, log: () => text, start }
}

function timerCount(): number {
  return process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length
}

async function submit(house: House, script: string, parts: Partial<NewRun> = {}): Promise<RunId> {
  const run = exampleRun(parts)
  const files = [{ path: 'main.fake', content: script, encoding: 'utf8' }] as const
  const stdin = { content: '', encoding: 'utf8' } as const
  await house.lifecycle.submit({ ...run, request: { ...run.request, files, main: 'main.fake', stdin } })
  return run.id
}

function when(house: House, id: RunId, what: string, look: (run: Run) => boolean): Promise<Run> {
  return waitFor(what, async () => {
    const run = await house.runs.find(id)
    return run !== undefined && look(run) ? run : undefined
  })
}

const finished = (house: House, id: RunId) =>
  when(house, id, 'the run to finish', run => run.state === 'finished').then(run => run)

async function stdout(house: House, id: RunId): Promise<string> {
  return Buffer.from(await house.events.output(id, { stream: 'stdout' })).toString()
}

/** Numbers without gaps, one end, and nothing after it. */
async function story(house: House, id: RunId): Promise<string[]> {
  const events = await house.events.read(id, { after: 0, limit: 1_000 })
  assert.deepEqual(
    events.map(event => event.sequence),
    events.map((_, index) => index + 1),
  )
  const told = events.map(event => (event.type === 'state' ? event.state : event.type))
  assert.equal(told.filter(type => type === 'finished').length, told.at(-1) === 'finished' ? 1 : 0)
  return told
}

test('a run is brought to its end, with its stages, its output and its progress', async context => {
  const house = await open(context)
  house.start()
  const id = await submit(house, 'compile:print compiling\nprint hello\nexit 3')
  const run = await finished(house, id)
  assert.deepEqual(run.outcome, { kind: 'exited', code: 3 })
  assert.deepEqual(
    run.stages.map(stage => [stage.name, stage.outcome, stage.stdout.bytes]),
    [
      ['compile', { kind: 'exited', code: 0 }, 10],
      ['run', { kind: 'exited', code: 3 }, 6],
    ],
  )
  assert.equal(await stdout(house, id), 'compiling\nhello\n')
  assert.equal(run.environment?.name, 'fake')
  const told = await story(house, id)
  assert.deepEqual(told.slice(0, 3), ['queued', 'preparing', 'progress'])
  assert.ok(told.lastIndexOf('progress') < told.indexOf('running'))
  assert.ok(told.indexOf('running') < told.indexOf('output'))
  await waitFor('the sandbox to go', () => house.platform.sandboxCount === 0)
  assert.equal(await house.queue.depth(), 0)
})

test('a stage that fails to compile ends the run', async context => {
  const house = await open(context)
  house.start()
  const run = await finished(house, await submit(house, 'compile:exit 1\nprint never'))
  assert.deepEqual(run.outcome, { kind: 'compile-failed' })
  assert.deepEqual(
    run.stages.map(stage => stage.name),
    ['compile'],
  )
})

test('an environment that cannot be had ends the run at once', async context => {
  const house = await open(context)
  house.platform.unobtainable.add('fake:1.0.0')
  house.start()
  const run = await finished(house, await submit(house, 'print never'))
  assert.ok(run.outcome?.kind === 'failed' && run.outcome.code === 'environment-unavailable')
  assert.equal(run.attempt, 1)
})

for (const operation of ['prepare', 'open', 'write', 'exec'] as const) {
  test(`a cancel during ${operation} ends the run, and its sandbox goes`, async context => {
    const house = await open(context)
    const release = house.platform.hold(operation)
    context.after(release)
    house.start()
    const id = await submit(house, 'print never')
    await when(house, id, 'the attempt to begin', run => run.state !== 'queued')
    if (operation !== 'prepare') await waitFor('the image', () => house.platform.present.size === 1)
    if (operation === 'exec') await when(house, id, 'the run to run', run => run.state === 'running')
    await house.lifecycle.cancel(id)
    assert.deepEqual((await finished(house, id)).outcome, { kind: 'canceled' })
    await story(house, id)
    await waitFor('the sandbox to go', () => house.platform.sandboxCount === 0)
  })
}

test('a cancel while a program runs keeps its output and its stage', async context => {
  const house = await open(context)
  house.start()
  const id = await submit(house, 'print begun\nsleep')
  await waitFor('output', async () => (await stdout(house, id)) !== '')
  await house.lifecycle.cancel(id)
  const run = await finished(house, id)
  assert.deepEqual(run.outcome, { kind: 'canceled' })
  assert.deepEqual(run.stages.at(-1)?.outcome, { kind: 'canceled' })
  assert.equal(await stdout(house, id), 'begun\n')
})

test('a cancel right after the attempt began is heard although its hint came before anybody listened', async context => {
  let cancel: (id: RunId) => Promise<unknown> = async () => {}
  const house = await open(context, {
    house: database => {
      const parts = exampleHouse(database)
      const begin = parts.lifecycle.begin.bind(parts.lifecycle)
      parts.lifecycle.begin = async (claim, workerId) => {
        const lease = await begin(claim, workerId)
        await cancel(claim.runId)
        return lease
      }
      return parts
    },
  })
  cancel = id => house.lifecycle.cancel(id)
  // No heartbeat will come to look for it.
  context.mock.timers.enable({ apis: ['setInterval'] })
  house.start()
  const run = await finished(house, await submit(house, 'sleep'))
  assert.deepEqual(run.outcome, { kind: 'canceled' })
})

test('a run that was canceled while it waited is never begun', async context => {
  const house = await open(context)
  const id = await submit(house, 'print never')
  await house.lifecycle.cancel(id)
  house.start()
  const next = await submit(house, 'print next')
  await finished(house, next)
  assert.equal(house.platform.opened.length, 1)
  assert.deepEqual(await story(house, id), ['queued', 'finished'])
})

test('a worker that stops lets a short run finish', async context => {
  const house = await open(context)
  const worker = house.start()
  const id = await submit(house, 'print begun\nsleep 100\nprint ended')
  await waitFor('output', async () => (await stdout(house, id)) !== '')
  await worker.stop()
  assert.deepEqual((await house.runs.find(id))?.outcome, { kind: 'exited', code: 0 })
  assert.equal(house.platform.sandboxCount, 0)
  assert.deepEqual(await house.workers.list(new Date(0)), [])
})

test('a worker that stops hands back what takes too long, and another one takes it', async context => {
  const house = await open(context)
  const first = house.start({ drainTimeoutMs: 1 })
  const id = await submit(house, 'print begun\nsleep')
  await waitFor('output', async () => (await stdout(house, id)) !== '')
  await first.stop()
  const waiting = await house.runs.find(id)
  assert.equal(waiting?.state, 'queued')
  assert.equal(await house.queue.depth(), 1)
  assert.equal(house.platform.sandboxCount, 0)
  house.start()
  await when(house, id, 'the second attempt', run => run.attempt === 2 && run.state === 'running')
  await house.lifecycle.cancel(id)
  await finished(house, id)
})

for (const operation of ['prepare', 'open', 'write', 'exec'] as const) {
  test(`a worker that stops during ${operation} hands the run back`, async context => {
    const house = await open(context)
    context.after(house.platform.hold(operation))
    const worker = house.start({ drainTimeoutMs: 1 })
    const id = await submit(house, 'print never')
    await when(house, id, 'the attempt to begin', run => run.state !== 'queued')
    await worker.stop()
    assert.equal((await house.runs.find(id))?.state, 'queued')
    assert.equal(house.platform.sandboxCount, 0)
  })
}

test('runs wait for an engine that is away, and cost no attempt', async context => {
  const house = await open(context)
  house.platform.stopEngine()
  const worker = house.start()
  const id = await submit(house, 'print at last')
  await waitFor('the engine to be missed', () => worker.monitor.state.kind === 'down')
  assert.equal((await house.runs.find(id))?.attempt, 0)
  house.platform.startEngine()
  const run = await finished(house, id)
  assert.deepEqual([run.outcome, run.attempt], [{ kind: 'exited', code: 0 }, 1])
})

test('a run whose engine goes away in the middle is tried again when it is back', async context => {
  const house = await open(context)
  house.start()
  const id = await submit(house, 'print begun\nsleep 300\nprint ended')
  await waitFor('output', async () => (await stdout(house, id)) !== '')
  house.platform.stopEngine()
  await when(house, id, 'the run to be handed back', run => run.state === 'queued')
  house.platform.startEngine()
  const run = await finished(house, id)
  assert.deepEqual([run.outcome, run.attempt], [{ kind: 'exited', code: 0 }, 2])
  assert.equal(await stdout(house, id), 'begun\nended\n')
  await story(house, id)
})

test('a run that loses its sandbox each time ends when its attempts are used up', async context => {
  const house = await open(context)
  house.start()
  const run = await finished(house, await submit(house, 'lose', { maxAttempts: 2 }))
  assert.ok(run.outcome?.kind === 'failed' && run.outcome.code === 'platform-unavailable')
  assert.equal(run.attempt, 2)
})

test('a failure that is nobody’s known one ends as attempts-exhausted', async context => {
  const house = await open(context)
  for (let time = 0; time < 2; time += 1) house.platform.failNext('open', new TypeError('a bug'))
  house.start()
  const run = await finished(house, await submit(house, 'print never', { maxAttempts: 2 }))
  assert.ok(run.outcome?.kind === 'failed' && run.outcome.code === 'attempts-exhausted')
})

test('what the engine refuses is not tried again', async context => {
  const house = await open(context)
  house.platform.failNext('open', new PlatformError('refused', 'no such runtime'))
  house.start()
  const run = await finished(house, await submit(house, 'print never'))
  assert.ok(run.outcome?.kind === 'failed' && run.outcome.code === 'platform-unavailable')
  assert.equal(run.attempt, 1)
})

test('several slots work at the same time, and each run is run once', async context => {
  const house = await open(context)
  house.start({ slots: 12 })
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  context.after(() => process.off('warning', onWarning))
  const ids = await Promise.all(Array.from({ length: 40 }, (_, index) => submit(house, `sleep 5\nprint ${index}`)))
  for (const [index, id] of ids.entries()) {
    await finished(house, id)
    assert.equal(await stdout(house, id), `${index}\n`)
  }
  assert.equal(house.platform.opened.length, 40)
  assert.deepEqual(warnings, [])
})

test('a result that cannot be written at first is written later', async context => {
  let failures = 2
  const house = await open(context, {
    house: database => {
      const parts = exampleHouse(database)
      const finish = parts.lifecycle.finish.bind(parts.lifecycle)
      parts.lifecycle.finish = (lease, result, events) => {
        failures -= 1
        return failures >= 0 ? Promise.reject(new Error('disk full')) : finish(lease, result, events)
      }
      return parts
    },
  })
  house.start()
  const id = await submit(house, 'print kept')
  assert.deepEqual((await finished(house, id)).outcome, { kind: 'exited', code: 0 })
  assert.equal(await stdout(house, id), 'kept\n')
  assert.equal(house.platform.opened.length, 1)
})
