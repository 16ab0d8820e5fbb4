import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Environment } from '../../environment/environment.ts'
import { PresentImages } from './present-images.ts'

const { signal } = new AbortController()

function environment(version: string): Environment {
  const reference = `example:${version}`
  return {
    name: 'example',
    version,
    source: { kind: 'registry', reference },
    recipe: { run: ['run'], env: {} },
    extensions: [],
  }
}

const candidates = [environment('2.0.0'), environment('1.0.0')]

/** An engine that has the images of these versions, and a clock. */
function engine(...versions: string[]) {
  const state = { versions, looks: 0, nowMs: 0 }
  const images = new PresentImages<string>(
    async ({ version }) => {
      state.looks += 1
      return state.versions.includes(version) ? version : undefined
    },
    () => state.nowMs,
  )
  return { state, images }
}

test('the first candidate that is present wins, and is remembered', async () => {
  const { state, images } = engine('1.0.0')
  assert.equal(await images.first(candidates, signal), '1.0.0')
  assert.equal(await images.first(candidates, signal), '1.0.0')
  assert.equal(state.looks, 2)
})

test('what is remembered is not for a call that was aborted', async () => {
  const { images } = engine('1.0.0')
  await images.first(candidates, signal)
  const reason = new Error('enough')
  await assert.rejects(images.first(candidates, AbortSignal.abort(reason)), reason)
})

test('what is missing is looked for again', async () => {
  const { state, images } = engine()
  assert.equal(await images.first(candidates, signal), undefined)
  state.versions = ['2.0.0']
  assert.equal(await images.first(candidates, signal), '2.0.0')
})

test('after a while it is asked again in the background, and later in the foreground', async () => {
  const { state, images } = engine('1.0.0')
  await images.first(candidates, signal)
  state.versions = ['2.0.0']
  state.nowMs = 20_000
  assert.equal(await images.first(candidates, signal), '1.0.0')
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(await images.first(candidates, signal), '2.0.0')
  state.versions = ['1.0.0']
  state.nowMs = 120_000
  assert.equal(await images.first(candidates, signal), '1.0.0')
})

test('what is forgotten is asked again, and other candidates are another question', async () => {
  const { state, images } = engine('1.0.0')
  await images.first(candidates, signal)
  images.forget()
  state.versions = ['2.0.0', '1.0.0']
  assert.equal(await images.first(candidates, signal), '2.0.0')
  assert.equal(await images.first(candidates.slice(1), signal), '1.0.0')
})

test('what is pinned to a digest is neither remembered nor taken from what is', async () => {
  const { state, images } = engine('1.0.0')
  await images.first(candidates, signal)
  const pinned = candidates.map(candidate => ({ ...candidate, digest: 'sha256:12' }))
  state.versions = []
  assert.equal(await images.first(pinned, signal), undefined)
  state.versions = ['2.0.0']
  assert.equal(await images.first(pinned, signal), '2.0.0')
  state.versions = ['1.0.0']
  assert.equal(await images.first(pinned, signal), '1.0.0')
})
