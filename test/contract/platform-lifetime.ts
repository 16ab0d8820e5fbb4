import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRunId, type RunId } from '../../src/run/id.ts'
import { CollectedOutput } from './collected-output.ts'
import { exited, never, type PlatformFixture } from './platform-fixture.ts'

const timeout = 60_000

export function lifetimeTests(get: () => PlatformFixture): void {
  test('a sandbox is gone when it was disposed, and disposing may be repeated', { timeout }, async () => {
    const sandbox = await get().open('hello')
    assert.equal(await get().under.sandboxCount(), 1)
    await Promise.all([sandbox[Symbol.asyncDispose](), sandbox[Symbol.asyncDispose]()])
    assert.equal(await get().under.sandboxCount(), 0)
    await sandbox[Symbol.asyncDispose]()
  })

  test('a sandbox that was never used can be disposed', { timeout }, async () => {
    const sandbox = await get().platform.open(await get().request('hello'), never)
    await sandbox[Symbol.asyncDispose]()
    await get().sandboxesAre(0)
  })

  test('disposing while a stage runs ends the stage', { timeout }, async () => {
    const sandbox = await get().open('sleepForever')
    const output = new CollectedOutput()
    const running = get().exec(sandbox, 'sleepForever', { output, limits: { wallTimeMs: 50_000 } })
    const ended = assert.rejects(running, { name: 'PlatformError' })
    await output.until('stdout', 'started\n')
    await sandbox[Symbol.asyncDispose]()
    await ended
    await get().sandboxesAre(0)
  })

  test('sweep leaves alone what the same platform holds', { timeout }, async () => {
    await using sandbox = await get().open('hello')
    assert.deepEqual(await get().platform.sweep(new Set(), never), { removed: 0 })
    assert.deepEqual((await get().exec(sandbox, 'hello')).exit.outcome, exited(0))
  })

  test('sweep leaves the sandboxes of runs that are to be kept', { timeout }, async () => {
    const runId = newRunId()
    await using sandbox = await get().open('hello', { runId })
    assertRemoved(await sweepFromAnother(runId), 0)
    assert.equal(await get().under.sandboxCount(), 1)
    assert.deepEqual((await get().exec(sandbox, 'hello')).exit.outcome, exited(0))
  })

  test('sweep removes what another process of the installation left, and its stages reject', { timeout }, async () => {
    await using sandbox = await get().open('sleepForever')
    const output = new CollectedOutput()
    const running = get().exec(sandbox, 'sleepForever', { output, limits: { wallTimeMs: 50_000 } })
    const lost = assert.rejects(running, { name: 'PlatformError', code: 'sandbox-lost' })
    await output.until('stdout', 'started\n')
    assertRemoved(await sweepFromAnother(newRunId()), 1)
    await lost
    await get().sandboxesAre(0)
    assertRemoved(await sweepFromAnother(newRunId()), 0)
  })

  test('sweep removes what is past its deadline, even of a run that is to be kept', { timeout }, async () => {
    const runId = newRunId()
    const request = await get().request('hello', { runId, deadline: new Date(Date.now() + 3 * get().under.promptMs) })
    await using _ = await get().platform.open(request, never)
    await waitUntil(request.deadline)
    await sweepFromAnother(runId)
    await get().sandboxesAre(0)
  })

  function assertRemoved({ removed }: { readonly removed: number }, wanted: number): void {
    if (get().under.keepsWarm) assert.ok(removed >= wanted)
    else assert.equal(removed, wanted)
  }

  async function sweepFromAnother(keep: RunId): Promise<{ readonly removed: number }> {
    const another = await get().under.another()
    try {
      return await another.sweep(new Set([keep]), never)
    } finally {
      await another.close()
    }
  }
}

/** Not a guess at how long something takes: the deadline is the condition. */
async function waitUntil(time: Date): Promise<void> {
  while (Date.now() <= time.getTime()) await new Promise(resolve => setTimeout(resolve, 20))
}
