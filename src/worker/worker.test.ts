import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { finished, stdout, story, submit, when, workerHouse } from '../../test/support/worker-house.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { RunId } from '../run/id.ts'
import type { RunCommands } from '../run/run.ts'

test('a run is brought to its end, with its stages, its output and its progress', async context => {
  const house = await workerHouse(context)
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

test('a repeated run has the image of the first, or ends as failed', async context => {
  const house = await workerHouse(context)
  house.start()
  const first = await finished(house, await submit(house, 'print hello'))
  assert.ok(first.environment)
  const again = async (digest: string) => {
    const environment = { name: 'fake', version: '1.0.0', digest }
    const { request } = exampleRun()
    const rerun = { of: first.id, environment }
    return await finished(house, await submit(house, 'print again', { request: { ...request, rerun } }))
  }
  const same = await again(first.environment.digest)
  assert.deepEqual([same.outcome, same.environment], [{ kind: 'exited', code: 0 }, first.environment])
  const gone = await again('sha256:0000')
  assert.ok(gone.outcome?.kind === 'failed' && gone.outcome.code === 'environment-unavailable')
  assert.match(gone.outcome.detail, /sha256:0000/)
  assert.equal(gone.environment, undefined)
})

test('a run with commands of its own has them as they are, its arguments behind', async context => {
  const house = await workerHouse(context)
  house.start()
  const { request } = exampleRun()
  const script = 'compile:args 0\nargs 0'
  const outputOf = async (commands: RunCommands) => {
    const id = await submit(house, script, { request: { ...request, args: ['a'], commands } })
    const run = await finished(house, id)
    return [run.stages.map(stage => stage.name).join(), await stdout(house, id)]
  }
  const own = { compile: ['make', '{main}', 'main.fake'], run: ['./main.fake', '{sources}'] }
  assert.deepEqual(await outputOf(own), ['compile,run', 'make\n{main}\nmain.fake\n./main.fake\n{sources}\na\n'])
  assert.deepEqual(await outputOf({ compile: [] }), ['run', 'interpret\nmain.fake\na\n'])
  assert.deepEqual(await outputOf({ run: ['main.fake'] }), ['compile,run', 'compile\nmain.fake\nmain.fake\na\n'])
})

test('an image that was removed since it was prepared is prepared again', async context => {
  const house = await workerHouse(context)
  const { platform } = house
  house.start()
  await finished(house, await submit(house, 'print hello'))
  const open = platform.open.bind(platform)
  let removals = 0
  context.mock.method(platform, 'open', (...given: Parameters<typeof open>) => {
    removals += 1
    if (removals < 3) platform.present.clear()
    return open(...given)
  })
  const run = await finished(house, await submit(house, 'print again', { maxAttempts: 1 }))
  assert.deepEqual([run.outcome, run.attempt], [{ kind: 'exited', code: 0 }, 1])
  assert.equal(platform.fetched.length, 3)
})

test('a stage that fails to compile ends the run', async context => {
  const house = await workerHouse(context)
  house.start()
  const run = await finished(house, await submit(house, 'compile:exit 1\nprint never'))
  assert.deepEqual(run.outcome, { kind: 'compile-failed' })
  assert.deepEqual(
    run.stages.map(stage => stage.name),
    ['compile'],
  )
})

test('an environment that cannot be had ends the run at once', async context => {
  const house = await workerHouse(context)
  house.platform.unobtainable.add('fake:1.0.0')
  house.start()
  const run = await finished(house, await submit(house, 'print never'))
  assert.ok(run.outcome?.kind === 'failed' && run.outcome.code === 'environment-unavailable')
  assert.equal(run.attempt, 1)
})

for (const operation of ['prepare', 'open', 'write', 'exec'] as const) {
  test(`a cancel during ${operation} ends the run, and its sandbox goes`, async context => {
    const house = await workerHouse(context)
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
  const house = await workerHouse(context)
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
  const house = await workerHouse(context, {
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
  const house = await workerHouse(context)
  const id = await submit(house, 'print never')
  await house.lifecycle.cancel(id)
  house.start()
  const next = await submit(house, 'print next')
  await finished(house, next)
  assert.equal(house.platform.opened.length, 1)
  assert.deepEqual(await story(house, id), ['queued', 'finished'])
})

test('a run that loses its sandbox each time ends when its attempts are used up', async context => {
  const house = await workerHouse(context)
  house.start()
  const run = await finished(house, await submit(house, 'lose', { maxAttempts: 2 }))
  assert.ok(run.outcome?.kind === 'failed' && run.outcome.code === 'platform-unavailable')
  assert.equal(run.attempt, 2)
})

test('a failure that is nobody’s known one ends as attempts-exhausted', async context => {
  const house = await workerHouse(context)
  for (let time = 0; time < 2; time += 1) house.platform.failNext('open', new TypeError('a bug'))
  house.start()
  const run = await finished(house, await submit(house, 'print never', { maxAttempts: 2 }))
  assert.ok(run.outcome?.kind === 'failed' && run.outcome.code === 'attempts-exhausted')
})

test('what the engine refuses is not tried again', async context => {
  const house = await workerHouse(context)
  house.platform.failNext('open', new PlatformError('refused', 'no such runtime'))
  house.start()
  const run = await finished(house, await submit(house, 'print never'))
  assert.ok(run.outcome?.kind === 'failed' && run.outcome.code === 'platform-unavailable')
  assert.equal(run.attempt, 1)
})

test('several slots work at the same time, and each run is run once', async context => {
  const house = await workerHouse(context)
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
  const house = await workerHouse(context, {
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
