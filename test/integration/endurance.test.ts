import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { EnduranceServer } from '../support/endurance.ts'

const MiB = 1024 * 1024
/** `ENDURANCE_RUNS=10000` for the long version, which takes some minutes. The memory of a tenth of them is what all are compared with. */
const runs = Number(process.env.ENDURANCE_RUNS ?? 1_500)
const maxDataBytes = 64 * MiB
const growth = 1.2

test('memory stays where it is, and the data directory under its cap', { timeout: 1_200_000 }, async context => {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-endurance-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  // So much output that the cap is reached several times.
  const outputBytes = Math.ceil((4 * maxDataBytes) / runs)
  await using server = await EnduranceServer.start(join(folder, 'data'), { maxDataBytes: '64MiB', slots: '4' })
  const startedAt = performance.now()
  await server.run(runs / 10, outputBytes)
  const early = await server.memory()
  await server.run(runs - runs / 10, outputBytes)
  const late = await server.memory()
  const seconds = (performance.now() - startedAt) / 1000
  const inMiB = (bytes: number) => (bytes / MiB).toFixed(1)
  context.diagnostic(
    `${runs} runs in ${seconds.toFixed(0)} s; heap ${inMiB(early.heapBytes)} MiB after a tenth, ${inMiB(late.heapBytes)} at the end; ` +
      `rss ${inMiB(early.rssBytes)} and ${inMiB(late.rssBytes)}; data at most ${inMiB(server.mostBytes)} of ${inMiB(maxDataBytes)}`,
  )
  assert.ok(late.heapBytes < growth * early.heapBytes, 'the heap grows')
  // Before its first thousand runs a process has not yet taken what it works with.
  if (runs >= 10_000) assert.ok(late.rssBytes < growth * early.rssBytes, 'the process grows')
  assert.ok(server.mostBytes < maxDataBytes, 'the data directory outgrew its cap')
  assert.ok(server.mostBytes > maxDataBytes / 4, 'the cap was never reached')
})
