import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, type TestContext, test } from 'node:test'
import { Problem } from '../../src/run/problem.ts'
import { Retention } from '../../src/store/retention.ts'
import { type ExampleHouse, exampleHouse } from '../support/example-house.ts'
import { exampleRun } from '../support/example-run.ts'
import { ask, TestPostgres } from '../support/postgres.ts'
import { openShared } from '../support/shared-house.ts'

const MiB = 1024 * 1024
const maxDataBytes = 64 * MiB
/** What the cap leaves for rows, as retention has it. */
const usableBytes = maxDataBytes / 2
const fresh = 0

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

/** As many API servers as one likes, each with a keeper of the room. */
async function servers(context: TestContext, count: number) {
  const url = await postgres.createDatabase()
  const shared = await Promise.all(Array.from({ length: count }, () => openShared(url)))
  context.after(() => Promise.all(shared.map(({ close }) => close())))
  let deleted = 0
  const all = shared.map(({ database, queue }) => {
    const retention = new Retention({
      database,
      keepRunsMs: 3_600_000,
      keepIdempotencyKeysMs: 3_600_000,
      maxDataBytes,
      onDeleted: runs => {
        deleted += runs
      },
      onError: error => assert.fail(String(error)),
    })
    return { retention, ...exampleHouse(database, { queue, shortage: () => retention.shortage() }) }
  })
  const [first] = all
  assert.ok(first)
  return { url, all, first, deleted: () => deleted }
}

/** A finished run whose output cannot be compressed. */
async function endedRun({ lifecycle, queue }: ExampleHouse, bytes: number): Promise<void> {
  await lifecycle.submit(exampleRun())
  const claim = await queue.claim('worker', AbortSignal.timeout(10_000))
  const lease = claim && (await lifecycle.begin(claim, 'worker'))
  assert.ok(lease)
  for (let left = bytes; left > 0; left -= 64 * 1024) {
    const piece = {
      type: 'output',
      stage: 'run',
      stream: 'stdout',
      bytes: randomBytes(Math.min(left, 64 * 1024)),
    } as const
    await lifecycle.append(lease, [piece])
  }
  assert.ok(await lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, []))
}

async function fileBytes(url: string): Promise<number> {
  const [row] = await ask(
    url,
    `select sum(pg_total_relation_size(oid))::float8 as bytes from pg_class
    where relnamespace::regnamespace::text like 'run_it%' and relkind = 'r'`,
  )
  return Number(row?.bytes)
}

async function usedBytes({ database }: ExampleHouse): Promise<number> {
  return (await database.space(fresh)).usedBytes
}

test('what rows take is what they have in files, and without what is deleted, whether or not a vacuum was there', {
  timeout: 120_000,
}, async context => {
  const { url, first } = await servers(context, 1)
  const empty = await fileBytes(url)
  const sizes = [100, 3_000, 20_000, 200_000, MiB]
  for (let count = 0; count < 80; count += 1) await endedRun(first, sizes[count % sizes.length] ?? 0)
  const [used, files] = [await usedBytes(first), (await fileBytes(url)) - empty]
  context.diagnostic(`${used} bytes are counted of ${files} in files`)
  assert.ok(Math.abs(used - files) < 0.25 * files, `${used} are counted of ${files} in files`)
  const runs = await first.database.rows.selectFrom('runs').select('id').orderBy('id').limit(40).execute()
  for (const { id } of runs) await first.lifecycle.remove(id as never)
  const left = await usedBytes(first)
  assert.ok(left > 0.4 * used && left < 0.6 * used, `${left} of ${used} are left of half of the runs`)
  await ask(url, 'vacuum events')
  assert.equal(await usedBytes(first), left)
})

test('what many small runs take is what they have in files', { timeout: 120_000 }, async context => {
  const { url, first } = await servers(context, 1)
  // It comes once a minute: what it finds in the middle of this goes into files that are there, and they do not grow.
  await postgres.ask('postgres', 'alter system set autovacuum = off')
  await postgres.ask('postgres', 'select pg_reload_conf()')
  const endMany = async (count: number) => {
    for (let ended = 0; ended < count; ended += 10) {
      await Promise.all(Array.from({ length: 10 }, () => endedRun(first, 20)))
    }
  }
  // The first page of each index is there from the first run on.
  await endMany(50)
  const [usedBefore, filesBefore] = [await usedBytes(first), await fileBytes(url)]
  await endMany(400)
  const [used, files] = [(await usedBytes(first)) - usedBefore, (await fileBytes(url)) - filesBefore]
  context.diagnostic(`${used} bytes are counted of ${files} in files`)
  assert.ok(used < 1.5 * files && used > 0.4 * files, `${used} are counted of ${files} in files`)
})

test('runs that would not fit are let in again and again, because the oldest go, and no more than that', {
  timeout: 240_000,
}, async context => {
  const { url, all, first, deleted } = await servers(context, 2)
  let most = 0
  let count = 0
  for (let written = 0; written < 3 * usableBytes; written += MiB) {
    const server = all[count % 2]
    assert.ok(server)
    await endedRun(server, MiB)
    count += 1
    if (count % 8 === 0) await Promise.all(all.map(({ retention }) => retention.tick()))
    // Each looks now, instead of some seconds later: how much is written in these is not what is tested.
    for (const each of all) most = Math.max(most, await usedBytes(each))
  }
  const { finished } = await first.runs.countByState()
  context.diagnostic(`${deleted()} of ${count} runs went; ${most} bytes at most; ${await fileBytes(url)} in files`)
  assert.equal(finished, count - deleted())
  assert.ok(most < usableBytes, `${most} bytes`)
  assert.ok(finished > 0.6 * (usableBytes / MiB), `only ${finished} are left`)
  const kept = await first.database.rows.selectFrom('runs').select('id').orderBy('id').execute()
  const noted = await ask(url, 'select max(id) as id from runs')
  assert.equal(kept.at(-1)?.id, noted[0]?.id)
})

test('where what waits takes all there is a run is refused in words, and let in when that has gone', {
  timeout: 120_000,
}, async context => {
  const { first } = await servers(context, 1)
  const large = () => {
    const content = { content: randomBytes(4 * MiB).toString('base64'), encoding: 'base64' } as const
    return exampleRun({ request: { ...exampleRun().request, stdin: content } })
  }
  const ids: string[] = []
  const isFull = (error: unknown) =>
    error instanceof Problem && error.code === 'storage-full' && Number(error.retryAfterSeconds) > 0
  while ((await usedBytes(first)) < 0.95 * usableBytes) ids.push((await first.lifecycle.submit(large())).id)
  await assert.rejects(first.lifecycle.submit(exampleRun()), isFull)
  await assert.rejects(first.lifecycle.submit(exampleRun()), isFull)
  for (const id of ids.slice(0, 3)) await first.lifecycle.cancel(id as never)
  await first.lifecycle.submit(exampleRun())
  assert.equal((await first.runs.countByState()).finished < 3, true, 'what was canceled had to go')
})
