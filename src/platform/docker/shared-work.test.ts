import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedWork } from './shared-work.ts'

const never = new AbortController().signal

test('two who want the same share the work and its progress', async () => {
  const shared = new SharedWork<number, string>()
  const finish = Promise.withResolvers<number>()
  const heard: string[] = []
  let started = 0
  const start = async (tell: (progress: string) => void) => {
    started += 1
    tell('half')
    return await finish.promise
  }
  const first = shared.join('a', text => heard.push(`first ${text}`), never, start)
  await Promise.resolve()
  const second = shared.join('a', text => heard.push(`second ${text}`), never, start)
  finish.resolve(7)
  assert.deepEqual(await Promise.all([first, second]), [7, 7])
  assert.equal(started, 1)
  assert.deepEqual(heard.toSorted(), ['first half', 'second half'])
})

test('one who leaves does not stop the work for the others; the last one does', async () => {
  const shared = new SharedWork<number, string>()
  let workSignal: AbortSignal | undefined
  const start = async (_: unknown, signal: AbortSignal) => {
    workSignal = signal
    return await new Promise<number>(() => {})
  }
  const [one, two] = [new AbortController(), new AbortController()]
  const first = shared.join('a', () => {}, one.signal, start)
  const second = shared.join('a', () => {}, two.signal, start)
  one.abort('first left')
  await assert.rejects(first, reason => reason === 'first left')
  assert.equal(workSignal?.aborted, false)
  two.abort('second left')
  await assert.rejects(second, reason => reason === 'second left')
  assert.equal(workSignal?.aborted, true)
})

test('work that failed is tried again by the next who comes', async () => {
  const shared = new SharedWork<number, string>()
  await assert.rejects(
    shared.join(
      'a',
      () => {},
      never,
      () => Promise.reject(new Error('no')),
    ),
    /no/,
  )
  assert.equal(
    await shared.join(
      'a',
      () => {},
      never,
      async () => 1,
    ),
    1,
  )
})
