import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'
import { type WorkerRow, WorkerStore } from './worker-store.ts'

const worker: WorkerRow = {
  id: 'one',
  host: 'machine',
  processId: 7,
  slots: 2,
  busySlots: 1,
  state: 'ready',
  platform: {
    name: 'docker',
    engineVersion: '20.10.24',
    apiVersion: '1.41',
    operatingSystem: 'Debian',
    architecture: 'amd64',
    cgroupVersion: '1',
    unenforced: ['processes'],
  },
  platformError: undefined,
  pools: ['default', 'gpu'],
  images: [{ name: 'go', version: '1.16.3', digest: 'sha256:1' }],
  startedAt: new Date('2026-03-01T10:00:00Z'),
  seenAt: new Date('2026-03-01T10:05:00Z'),
}

test('a worker is listed as it last said of itself, until it is removed', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const workers = new WorkerStore(database)
  await workers.put(worker)
  assert.deepEqual(await workers.list(worker.seenAt), [worker])
  const { platform: _, ...rest } = worker
  const changed: WorkerRow = {
    ...rest,
    state: 'platform-unavailable',
    platform: undefined,
    platformError: 'gone',
    seenAt: new Date('2026-03-01T10:06:00Z'),
  }
  await workers.put(changed)
  assert.deepEqual(await workers.list(worker.seenAt), [changed])
  await workers.remove('one')
  assert.deepEqual(await workers.list(worker.seenAt), [])
})

test('a worker that was silent is not listed, and is forgotten after a day', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const workers = new WorkerStore(database)
  await workers.put(worker)
  await workers.put({ ...worker, id: 'two', seenAt: new Date('2026-03-01T10:20:00Z') })
  const seen = await workers.list(new Date('2026-03-01T10:06:00Z'))
  assert.deepEqual(
    seen.map(({ id }) => id),
    ['two'],
  )
  await workers.put({ ...worker, id: 'three', seenAt: new Date('2026-03-02T10:10:00Z') })
  const known = await workers.list(new Date(0))
  assert.deepEqual(known.map(({ id }) => id).sort(), ['three', 'two'])
})
