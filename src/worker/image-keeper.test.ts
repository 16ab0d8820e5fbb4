import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { waitFor } from '../../test/support/wait-for.ts'
import type { Environment } from '../environment/environment.ts'
import { FakePlatform } from '../platform/fake/fake-platform.ts'
import { newRunId } from '../run/id.ts'
import { defaultLimits } from '../run/limits.ts'
import { ImageStore, type UsedImage } from '../store/image-store.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'
import { createObserver } from '../telemetry/create-observer.ts'
import { createLog } from '../telemetry/log.ts'
import { ImageKeeper, type ImageRules } from './image-keeper.ts'
import { PlatformMonitor } from './platform-monitor.ts'

const never = new AbortController().signal
const minuteMs = 60_000
/** Of the fake platform's images. */
const sizeBytes = 1_000_000

function environment(version: string): Environment {
  const source = { kind: 'registry', reference: `fake:${version}` } as const
  return { name: 'fake', version, source, recipe: { run: ['x'], env: {} }, extensions: [] }
}

async function house(context: TestContext, rules: Omit<ImageRules, 'pinned'> & Partial<ImageRules>) {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const [platform, images] = [new FakePlatform(), new ImageStore(database)]
  const monitor = new PlatformMonitor(platform)
  await monitor.look(never)
  const removed: string[] = []
  const keeper = new ImageKeeper({
    images,
    platform,
    monitor,
    observer: createObserver(createLog({ level: 'silent', format: 'json' })),
    imageRules: { pinned: [], ...rules },
    onRemoved: image => removed.push(image.version),
  })
  /** As it was, so many minutes ago. */
  const used = async (version: string, minutesAgo: number, changes: Partial<UsedImage> = {}) => {
    const image = await platform.prepare([environment(version)], () => {}, never)
    const { reference, digest } = image
    const lastUsedAt = new Date(Date.now() - minutesAgo * minuteMs)
    const known = { engineId: 'fake', reference, name: 'fake', version, digest, origin: 'pulled', sizeBytes } as const
    await images.use({ ...known, lastUsedAt, ...changes })
    return image
  }
  const present = () => [...platform.present].map(reference => reference.slice('fake:'.length)).toSorted()
  return { platform, images, keeper, used, present, removed }
}

test('an image that was not used for long is removed, and the others stay', async context => {
  const { keeper, used, present, removed, images } = await house(context, { keepMs: 60 * minuteMs })
  await used('1.0.0', 61)
  await used('2.0.0', 59)
  await keeper.sweep(never)
  assert.deepEqual([present(), removed], [['2.0.0'], ['1.0.0']])
  assert.deepEqual(
    (await images.list()).map(image => image.version),
    ['2.0.0'],
  )
})

test('beyond their size the least recently used are removed, but none that was used just now', async context => {
  const { keeper, used, present } = await house(context, { maxBytes: 2 * sizeBytes })
  await used('1.0.0', 30)
  await used('2.0.0', 20)
  await used('3.0.0', 40)
  await keeper.sweep(never)
  assert.deepEqual(present(), ['1.0.0', '2.0.0'])
  await used('4.0.0', 1)
  await used('5.0.0', 2)
  await used('6.0.0', 3)
  await keeper.sweep(never)
  assert.deepEqual(present(), ['4.0.0', '5.0.0', '6.0.0'])
})

test('what somebody else brought, is pinned, is in use, or is on another engine, stays', async context => {
  const { keeper, used, present, platform } = await house(context, {
    keepMs: minuteMs,
    maxBytes: 1,
    pinned: [environment('2.0.0')],
  })
  await used('1.0.0', 30, { origin: undefined })
  await used('2.0.0', 30)
  const image = await used('3.0.0', 30)
  await used('4.0.0', 30, { engineId: 'another' })
  await used('5.0.0', 30)
  const deadline = new Date(Date.now() + minuteMs)
  const request = { runId: newRunId(), attempt: 1, image, limits: defaultLimits, network: false, deadline }
  const sandbox = await platform.open(request, never)
  await keeper.sweep(never)
  assert.deepEqual(present(), ['1.0.0', '2.0.0', '3.0.0', '4.0.0'])
  await sandbox[Symbol.asyncDispose]()
  await keeper.sweep(never)
  assert.deepEqual(present(), ['1.0.0', '2.0.0', '4.0.0'])
})

test('a use is written down, with whose doing it is that the image is there', async context => {
  const { keeper, platform, images } = await house(context, {})
  const ask = () => platform.prepare([environment('1.0.0')], () => {}, never)
  keeper.use(await ask())
  const written = () => waitFor('the use', async () => (await images.list())[0])
  assert.equal((await written()).origin, 'pulled')
  // Present now: this one did not bring it.
  keeper.use(await ask())
  assert.equal((await written()).origin, 'pulled')
  platform.present.add('fake:2.0.0')
  keeper.use(await platform.prepare([environment('2.0.0')], () => {}, never))
  await waitFor('the other use', async () => (await images.list()).length === 2)
  assert.equal((await images.list()).find(image => image.version === '2.0.0')?.origin, undefined)
})

test('an image that is gone already is forgotten', async context => {
  const { keeper, used, images, platform, removed } = await house(context, { keepMs: minuteMs })
  await used('1.0.0', 30)
  platform.present.clear()
  await keeper.sweep(never)
  assert.deepEqual([await images.list(), removed], [[], ['1.0.0']])
})
