import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Environment } from '../../src/environment/environment.ts'
import type { ImageProgress } from '../../src/run/event.ts'
import { never, type PlatformFixture } from './platform-fixture.ts'

const timeout = 120_000

export function imageTests(get: () => PlatformFixture): void {
  test('check says which engine it is', { timeout }, async () => {
    const info = await get().platform.check(never)
    assert.equal(info.name, get().platform.name)
    for (const key of ['engineVersion', 'apiVersion', 'operatingSystem', 'architecture', 'cgroupVersion'] as const) {
      assert.notEqual(info[key], '', key)
    }
  })

  test('check can be repeated, and at the same time', { timeout }, async () => {
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => get().platform.check(never)))
    for (const other of others) assert.deepEqual(other, first)
  })

  test('prepare tells one of the candidates, its exact version and its digest', { timeout }, async () => {
    const { candidates } = get().program('hello')
    const image = await get().platform.prepare(candidates, () => {}, never)
    assert.ok(candidates.includes(image.environment))
    assert.match(image.version, /^[0-9A-Za-z._-]+$/)
    assert.match(image.digest, /^sha256:[0-9a-f]{64}$/)
    assert.notEqual(image.reference, '')
  })

  test('prepare tells the same image every time, and without progress when it is present', { timeout }, async () => {
    const { candidates } = get().program('hello')
    const progress: ImageProgress[] = []
    const images = await Promise.all(
      [1, 2, 3].map(() => get().platform.prepare(candidates, step => progress.push(step), never)),
    )
    for (const image of images) assert.deepEqual(image, images[0])
    assert.deepEqual(progress, [])
  })

  test('prepare passes over a candidate that cannot be had', { timeout }, async () => {
    const { under, platform } = get()
    const { candidates } = get().program('hello')
    const image = await platform.prepare([...under.unobtainable, ...candidates], () => {}, never)
    assert.ok(candidates.includes(image.environment))
  })

  test('prepare rejects when no candidate can be had', { timeout }, async () => {
    const { under, platform } = get()
    await assert.rejects(
      platform.prepare(under.unobtainable, () => {}, never),
      {
        name: 'PlatformError',
        code: 'environment-unavailable',
      },
    )
    await assert.rejects(
      platform.prepare([], () => {}, never),
      {
        name: 'PlatformError',
        code: 'environment-unavailable',
      },
    )
  })

  test('prepare gives the image of a digest, whichever candidate has it', { timeout }, async () => {
    const { under, platform } = get()
    const image = await get().image('hello')
    const progress: ImageProgress[] = []
    const pinned = pinnedTo(image.digest, [...under.unobtainable, ...get().program('hello').candidates])
    const again = await platform.prepare(pinned, step => progress.push(step), never)
    assert.equal(again.digest, image.digest)
    assert.deepEqual(again.env, image.env)
    assert.deepEqual(progress, [])
    await using sandbox = await platform.open(await get().request('hello', { image: again }), never)
    await sandbox.write(get().program('hello').files, never)
    const { output } = await get().exec(sandbox, 'hello')
    assert.equal(output.text('stdout'), 'Hello, world!\n')
  })

  test('prepare gives no other image in the place of one that cannot be had', { timeout }, async () => {
    const { platform } = get()
    await get().image('hello')
    const gone = pinnedTo(`sha256:${'0'.repeat(64)}`, get().program('hello').candidates)
    await assert.rejects(
      platform.prepare(gone, () => {}, never),
      { name: 'PlatformError', code: 'environment-unavailable', message: /0000/ },
    )
    assert.deepEqual(await platform.images(gone, never), [])
  })

  test('images tells what is present, and nothing that is not', { timeout }, async () => {
    const { under, platform } = get()
    const image = await get().image('hello')
    const present = await platform.images([...under.unobtainable, ...get().program('hello').candidates], never)
    assert.ok(present.some(({ digest }) => digest === image.digest))
    assert.ok(!present.some(({ environment }) => under.unobtainable.includes(environment)))
  })

  test('removeImage leaves an image that a sandbox uses, and knows when there is none', { timeout }, async () => {
    const { platform } = get()
    const image = await get().image('hello')
    await using sandbox = await get().open('hello', { image })
    assert.equal(await platform.removeImage(image.reference, never), 'in-use')
    const { output } = await get().exec(sandbox, 'hello')
    assert.equal(output.text('stdout'), 'Hello, world!\n')
    assert.deepEqual(await platform.prepare(get().program('hello').candidates, () => {}, never), image)
    assert.equal(await platform.removeImage(`sha256:${'0'.repeat(64)}`, never), 'gone')
  })

  test('calls with an aborted signal reject with its reason', { timeout }, async () => {
    const { platform } = get()
    const reason = new Error('the test changed its mind')
    const signal = AbortSignal.abort(reason)
    const { candidates } = get().program('hello')
    const request = await get().request('hello')
    const isReason = (error: unknown) => error === reason
    await assert.rejects(platform.check(signal), isReason)
    await assert.rejects(platform.images(candidates, signal), isReason)
    await assert.rejects(
      platform.prepare(candidates, () => {}, signal),
      isReason,
    )
    await assert.rejects(platform.open(request, signal), isReason)
    await assert.rejects(platform.removeImage(request.image.reference, signal), isReason)
    await assert.rejects(platform.sweep(new Set(), signal), isReason)
    await get().sandboxesAre(0)
  })
}

function pinnedTo(digest: string, candidates: readonly Environment[]): readonly Environment[] {
  return candidates.map(candidate => ({ ...candidate, digest }))
}
