import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Retention } from '../../src/store/retention.ts'
import { openSqliteDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import { type ExampleHouse, exampleHouse } from '../support/example-house.ts'
import { exampleRun } from '../support/example-run.ts'

const MiB = 1024 * 1024

async function houseOnDisk(context: TestContext) {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'run-it-space-'))
  const database = await openSqliteDatabase({ dataDirectory })
  const retention = (options: { readonly maxDataBytes: number; readonly keepRunsMs?: number }) =>
    new Retention({
      database,
      keepRunsMs: 3_600_000,
      keepIdempotencyKeysMs: 3_600_000,
      onDeleted: () => {},
      onError: error => assert.fail(String(error)),
      ...options,
    })
  context.after(async () => {
    await database.close()
    rmSync(dataDirectory, { recursive: true })
  })
  const diskBytes = () =>
    readdirSync(dataDirectory).reduce((sum, name) => sum + statSync(join(dataDirectory, name)).size, 0)
  return { database, retention, diskBytes }
}

/** A finished run with this much output, in pieces as a worker writes them. */
async function fill({ lifecycle, queue }: ExampleHouse, bytes: number): Promise<void> {
  await lifecycle.submit(exampleRun())
  const claim = await queue.claim('worker', AbortSignal.timeout(5_000))
  const lease = claim && (await lifecycle.begin(claim, 'worker'))
  assert.ok(lease)
  const piece = { type: 'output', stage: 'run', stream: 'stdout', bytes: Buffer.alloc(64 * 1024, 'x') } as const
  for (let written = 0; written < bytes; written += MiB) await lifecycle.append(lease, Array(16).fill(piece))
  assert.ok(await lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, []))
}

test('the data directory stays under its cap, whatever comes', { timeout: 120_000 }, async context => {
  const { database, retention, diskBytes } = await houseOnDisk(context)
  const maxDataBytes = 64 * MiB
  const keeper = retention({ maxDataBytes })
  const house = exampleHouse(database, { shortage: () => keeper.shortage() })
  context.after(() => house.queue.close())
  let most = 0
  for (let written = 0; written < 4 * maxDataBytes; written += 4 * MiB) {
    await fill(house, 4 * MiB)
    most = Math.max(most, diskBytes())
  }
  assert.ok(most < maxDataBytes, `${most} bytes`)
  const { finished } = await house.runs.countByState()
  assert.ok(finished >= 3, 'it does not delete more than it must')
})

test('a file that has become too large gives its room back', { timeout: 120_000 }, async context => {
  const { database, retention, diskBytes } = await houseOnDisk(context)
  const house = exampleHouse(database)
  context.after(() => house.queue.close())
  for (let run = 0; run < 10; run++) await fill(house, 16 * MiB)
  const before = diskBytes()
  assert.ok(before > 160 * MiB, String(before))
  const keeper = retention({ maxDataBytes: 64 * MiB })
  await keeper.tick()
  assert.ok(diskBytes() < 64 * MiB, `${before} bytes became ${diskBytes()}`)
  assert.ok((await house.runs.countByState()).finished >= 1)
})

test('the write-ahead log is cut after a burst', { timeout: 60_000 }, async context => {
  const { database, diskBytes } = await houseOnDisk(context)
  const house = exampleHouse(database)
  context.after(() => house.queue.close())
  for (let run = 0; run < 3; run++) await fill(house, 64 * MiB)
  const { heldBytes } = await database.space()
  assert.ok(diskBytes() - heldBytes < 20 * MiB, `${diskBytes() - heldBytes} bytes beside the file`)
})

test('deleting the largest run there can be does not hold others up for long', { timeout: 60_000 }, async context => {
  const { database, retention } = await houseOnDisk(context)
  const house = exampleHouse(database)
  context.after(() => house.queue.close())
  await fill(house, 64 * MiB)
  const startedAt = performance.now()
  await retention({ maxDataBytes: 64 * MiB, keepRunsMs: 0 }).tick()
  context.diagnostic(`64 MiB were deleted in ${Math.round(performance.now() - startedAt)} ms`)
  assert.equal((await house.runs.countByState()).finished, 0)
})
