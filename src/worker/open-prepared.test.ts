import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResolvedImage, Sandbox } from '../platform/platform.ts'
import { PlatformError, type PlatformErrorCode } from '../platform/platform-error.ts'
import { openPrepared } from './open-prepared.ts'

/** Opening fails so, one try after another, and then works. */
async function tried(...codes: readonly PlatformErrorCode[]) {
  const failures = [...codes]
  const images: ResolvedImage[] = []
  const prepare = async () => {
    const image = { reference: `image ${images.length + 1}` } as ResolvedImage
    images.push(image)
    return image
  }
  const sandbox = {} as Sandbox
  const open = async () => {
    const code = failures.shift()
    if (code !== undefined) throw new PlatformError(code, 'no')
    return sandbox
  }
  const opened = await openPrepared(prepare, open).catch((error: PlatformError) => error.code)
  return { opened, prepared: images.length, image: typeof opened === 'string' ? undefined : opened.image.reference }
}

test('an image that was removed before its sandbox was opened is prepared again', async () => {
  assert.equal((await tried()).prepared, 1)
  assert.deepEqual((await tried('image-gone')).image, 'image 2')
  assert.deepEqual((await tried('image-gone', 'image-gone')).image, 'image 3')
})

test('it is not prepared for ever, and nothing else that fails is tried again here', async () => {
  assert.deepEqual(await tried('image-gone', 'image-gone', 'image-gone'), {
    opened: 'image-gone',
    prepared: 3,
    image: undefined,
  })
  assert.equal((await tried('sandbox-lost')).prepared, 1)
})
