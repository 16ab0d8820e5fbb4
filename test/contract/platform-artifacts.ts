import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Collected, CollectRequest, Sandbox } from '../../src/platform/platform.ts'
import { exited, never, type PlatformFixture } from './platform-fixture.ts'

const timeout = 60_000
const MiB = 1024 * 1024

export function artifactTests(get: () => PlatformFixture): void {
  /** After a stage that made files. */
  async function collect(sandbox: Sandbox, changes: Partial<CollectRequest> = {}): Promise<Collected> {
    const { exit } = await get().exec(sandbox, 'makeFiles')
    assert.deepEqual(exit.outcome, exited(0))
    return await sandbox.collect(requestFor(changes), never)
  }

  const requestFor = (changes: Partial<CollectRequest>): CollectRequest => ({
    patterns: ['**'],
    sent: get().program('makeFiles').files,
    maxFiles: 10,
    maxBytes: MiB,
    ...changes,
  })

  test('files that a program made are collected, in order and to the byte, without what was only sent', {
    timeout,
  }, async () => {
    await using sandbox = await get().open('makeFiles')
    const collected = await collect(sandbox)
    assert.deepEqual(textsOf(collected), { 'one.txt': 'one', 'out/deep/two.bin': 'two' })
    assert.deepEqual(collected.omitted, [])
  })

  test('patterns choose among them, hidden ones only where they say so', { timeout }, async () => {
    await using sandbox = await get().open('makeFiles')
    assert.deepEqual(textsOf(await collect(sandbox, { patterns: ['*.txt', '.hid*', 'none/**'] })), {
      '.hidden': 'three',
      'one.txt': 'one',
    })
    assert.deepEqual(textsOf(await sandbox.collect(requestFor({ patterns: [] }), never)), {})
  })

  test('a file that was sent and has changed since is collected', { timeout }, async () => {
    await using sandbox = await get().open('makeFiles')
    const sent = [{ path: 'one.txt', content: 'eno', encoding: 'utf8' }] as const
    assert.deepEqual(textsOf(await collect(sandbox, { patterns: ['one.txt'], sent })), { 'one.txt': 'one' })
    const same = [{ path: 'one.txt', content: 'one', encoding: 'utf8' }] as const
    assert.deepEqual(await sandbox.collect(requestFor({ patterns: ['one.txt'], sent: same }), never), {
      files: [],
      omitted: [],
    })
  })

  test('what is too much is left out, and told', { timeout }, async () => {
    await using sandbox = await get().open('makeFiles')
    const few = await collect(sandbox, { maxFiles: 1 })
    assert.deepEqual(textsOf(few), { 'one.txt': 'one' })
    assert.deepEqual(few.omitted, [{ reason: 'too-many', files: 1, paths: ['out/deep/two.bin'] }])
    const small = await sandbox.collect(requestFor({ maxBytes: 5 }), never)
    assert.deepEqual(textsOf(small), { 'one.txt': 'one' })
    assert.deepEqual(small.omitted, [{ reason: 'too-large', files: 1, paths: ['out/deep/two.bin'] }])
  })

  test('collecting after a program was ended by its limit gives what it had made', { timeout }, async () => {
    await using sandbox = await get().open('sleepForever')
    const name = get().program('sleepForever').files[0]?.path ?? ''
    const { exit } = await get().exec(sandbox, 'sleepForever', { limits: { wallTimeMs: get().under.promptMs } })
    assert.equal(exit.outcome.kind, 'timed-out')
    const { files } = await sandbox.collect(requestFor({ sent: [] }), never)
    assert.deepEqual(
      files.map(({ path }) => path),
      [name],
    )
  })

  test('collecting from a sandbox that is gone rejects, and an aborted one with its reason', { timeout }, async () => {
    const sandbox = await get().open('makeFiles')
    try {
      const reason = new Error('the test changed its mind')
      await assert.rejects(sandbox.collect(requestFor({}), AbortSignal.abort(reason)), error => error === reason)
      const another = await get().under.another()
      await another.sweep(new Set(), never)
      await another.close()
      await assert.rejects(sandbox.collect(requestFor({}), never), { name: 'PlatformError', code: 'sandbox-lost' })
    } finally {
      await sandbox[Symbol.asyncDispose]()
    }
    await get().sandboxesAre(0)
  })
}

function textsOf({ files }: Collected): Record<string, string> {
  return Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]))
}
