import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits, type Limits } from '../../run/limits.ts'
import type { DockerImage } from './images.ts'
import { idleMs, WarmDemands, warmKey, warmKind } from './warm-demand.ts'

const image = { reference: 'sha256:a', volumes: [] } as unknown as DockerImage

function kind(limits: Partial<Limits> = {}, runMs = 60_000) {
  return warmKind({ image, limits: { ...defaultLimits, ...limits }, deadline: new Date(Date.now() + runMs) })
}

test('limits that can be changed in place make no other kind', () => {
  const same = { memoryBytes: 1e8, processes: 7, wallTimeMs: 1, cpuTimeMs: 1, outputBytes: 1, openFiles: 1_024 }
  assert.equal(kind(same).key, kind().key)
})

test('a disk, open files beyond the usual and an image of its own make another kind', () => {
  assert.notEqual(kind({ diskBytes: 1e6 }).key, kind().key)
  assert.notEqual(kind({ openFiles: 1_025 }).key, kind().key)
  assert.notEqual(warmKey({ ...image, reference: 'sha256:b' }, defaultLimits), kind().key)
})

test('the last used comes first, and what was not used for long is forgotten', () => {
  const demands = new WarmDemands()
  demands.note(kind({ diskBytes: 1e6 }), 0)
  demands.note(kind({ diskBytes: 2e6 }), 1)
  demands.note(kind({ diskBytes: 1e6 }), 2)
  const disks = (nowMs: number) => demands.list(nowMs).map(demand => demand.limits.diskBytes)
  assert.deepEqual(disks(3), [1e6, 2e6])
  assert.deepEqual(demands.list(3)[0]?.openedAtMs, [0, 2])
  assert.deepEqual(disks(idleMs + 2), [1e6])
  assert.deepEqual(disks(idleMs + 3), [])
})

test('the longest run and the latest limits are what the next is prepared for', () => {
  const demands = new WarmDemands()
  demands.note(kind({}, 3_600_000), 0)
  demands.note(kind({ memoryBytes: 1e8 }, 1_000), 1)
  const [demand] = demands.list(1)
  assert.ok((demand?.runMs ?? 0) > 3_500_000)
  assert.equal(demand?.limits.memoryBytes, 1e8)
})

test('no client makes us remember without end', () => {
  const demands = new WarmDemands()
  for (let count = 0; count < 1_000; count++) demands.note(kind({ diskBytes: 1e6 + count }), count)
  for (let count = 0; count < 1_000; count++) demands.note(kind(), 1_000 + count)
  const listed = demands.list(2_000)
  assert.ok(listed.length <= 64)
  assert.equal(listed[0]?.openedAtMs.length, 64)
})
