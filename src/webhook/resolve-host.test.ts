import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveHost } from './resolve-host.ts'

const signal = new AbortController().signal

test('addresses and local names need no resolver', async () => {
  assert.deepEqual(await resolveHost('93.184.216.34', signal), ['93.184.216.34'])
  assert.deepEqual(await resolveHost('::1', signal), ['::1'])
  for (const name of ['localhost', 'a.localhost']) assert.deepEqual(await resolveHost(name, signal), ['127.0.0.1'])
})

test('a resolver that does not answer is waited for until the signal is aborted', { timeout: 10_000 }, async () => {
  await assert.rejects(resolveHost('name.invalid', AbortSignal.abort()), { name: 'AbortError' })
  const stop = new AbortController()
  const resolving = resolveHost('name.invalid', stop.signal)
  stop.abort()
  await assert.rejects(resolving)
})
