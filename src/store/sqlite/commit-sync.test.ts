import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommitSync } from './commit-sync.ts'

/** A disk whose syncs end when the test says so. */
function slowDisk() {
  const syncs: PromiseWithResolvers<void>[] = []
  let rescues = 0
  const commits = new CommitSync({
    sync: () => {
      const sync = Promise.withResolvers<void>()
      syncs.push(sync)
      return sync.promise
    },
    rescue: () => {
      rescues += 1
    },
  })
  return { commits, syncs, rescues: () => rescues }
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true
  void promise.finally(() => {
    pending = false
  })
  await new Promise(resolve => setImmediate(resolve))
  return pending
}

test('commits that come during a sync share the next one', async () => {
  const { commits, syncs } = slowDisk()
  const first = commits.commit()
  const later = [commits.commit(), commits.commit(), commits.commit()]
  assert.equal(syncs.length, 1)
  syncs[0]?.resolve()
  await first
  assert.ok(await isPending(Promise.race(later)))
  assert.equal(syncs.length, 2)
  syncs[1]?.resolve()
  await Promise.all(later)
  assert.equal(syncs.length, 2)
})

test('a commit that nobody waits for goes with the next one, or a moment later by itself', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { commits, syncs } = slowDisk()
  commits.commitSoon()
  assert.equal(syncs.length, 0)
  const committed = commits.commit()
  assert.equal(syncs.length, 1)
  syncs[0]?.resolve()
  await committed
  await commits.settled()
  context.mock.timers.tick(1_000)
  assert.equal(syncs.length, 1)
  commits.commitSoon()
  const reader = commits.settled()
  assert.equal(syncs.length, 2)
  syncs[1]?.resolve()
  await reader
  commits.commitSoon()
  context.mock.timers.tick(1_000)
  assert.equal(syncs.length, 3)
  syncs[2]?.resolve()
  await commits.settled()
})

test('nobody waits when everything is on disk', async () => {
  const { commits, syncs } = slowDisk()
  await commits.settled()
  const committed = commits.commit()
  const reader = commits.settled()
  assert.ok(await isPending(reader))
  syncs[0]?.resolve()
  await Promise.all([committed, reader])
  await commits.settled()
  assert.equal(syncs.length, 1)
})

test('after a failed sync what was committed is made safe by the other way, and nobody who waits is told', async () => {
  const { commits, syncs, rescues } = slowDisk()
  const committed = commits.commit()
  syncs[0]?.reject(Object.assign(new Error('no room'), { code: 'ENOSPC' }))
  await committed
  assert.equal(rescues(), 1)
  assert.equal(syncs.length, 1)
  // And trusted again after the rescue.
  const next = commits.commit()
  assert.equal(syncs.length, 2)
  syncs[1]?.resolve()
  await next
})

test('a rescue that fails too fails those who wait, and is tried again', async () => {
  let rescues = 0
  const commits = new CommitSync({
    sync: () => Promise.reject(new Error('broken')),
    rescue: () => {
      rescues += 1
      if (rescues < 3) throw Object.assign(new Error('still no room'), { code: 'ENOSPC' })
    },
  })
  await assert.rejects(commits.commit(), { name: 'StoreError', code: 'disk-full' })
  await assert.rejects(commits.settled(), { code: 'disk-full' })
  await commits.settled()
  assert.equal(rescues, 3)
})
