import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { RunId } from '../../src/run/id.ts'
import { openSqliteDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import { assertSound } from '../support/assert-sound.ts'
import { type ExampleHouse, exampleHouse } from '../support/example-house.ts'

const target = fileURLToPath(new URL('../support/kill-target.ts', import.meta.url))
const rounds = 15
const never = new AbortController().signal

/** What the store has given its word for, over all processes so far. */
interface Word {
  readonly submitted: Set<RunId>
  readonly finished: Set<RunId>
  readonly attempts: Map<RunId, number>
}

/** Starts the process, kills it after so many of its words, and returns when it is dead. */
async function runAndKill(dataDirectory: string, word: Word, lines: number): Promise<void> {
  const child = spawn(process.execPath, [target, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  let heard = 0
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    said += text
    heard += text.split('\n').length - 1
    if (heard >= lines) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'close')
  assert.deepEqual([code, signal], [null, 'SIGKILL'])
  for (const line of said.split('\n').slice(0, -1)) {
    const [what, id, attempt] = line.split(' ')
    if (what === 'submitted') word.submitted.add(id as RunId)
    if (what === 'begun') word.attempts.set(id as RunId, Number(attempt))
    if (what === 'finished') word.finished.add(id as RunId)
  }
}

async function assertWordKept({ runs, events, database }: ExampleHouse, word: Word): Promise<void> {
  for (const id of word.submitted) {
    const run = await runs.find(id)
    assert.ok(run, `${id} was lost`)
    assert.equal(run.request.files[0]?.content, 'print("hi")')
    assert.ok(run.state === 'queued' || run.state === 'finished', `${id} is ${run.state}`)
    if (word.finished.has(id)) assert.equal(run.state, 'finished', id)
    assert.ok(run.attempt >= (word.attempts.get(id) ?? 0), `${id} forgot an attempt`)
    const log = await events.read(id, { after: 0, limit: 10_000 })
    assert.deepEqual(
      log.map(event => event.sequence),
      log.map((_, index) => index + 1),
    )
    assert.equal(log.filter(event => event.type === 'finished').length, run.state === 'finished' ? 1 : 0)
  }
  const counted = { queued: 0, preparing: 0, running: 0, finished: 0 }
  for (const run of await database.rows.selectFrom('runs').select('state').execute()) counted[run.state] += 1
  assert.deepEqual(await runs.countByState(), counted)
}

/** Exactly the unfinished runs wait in the queue, each once. */
async function assertQueued({ database }: ExampleHouse): Promise<void> {
  const jobs = await database.rows.selectFrom('jobs').select(['run_id', 'token']).orderBy('run_id').execute()
  const waiting = await database.rows
    .selectFrom('runs')
    .select('id')
    .where('state', '=', 'queued')
    .orderBy('id')
    .execute()
  assert.deepEqual(
    jobs.map(job => [job.run_id, job.token]),
    waiting.map(run => [run.id, null]),
  )
}

test('nothing that was promised is lost by kill -9 at any moment', { timeout: 120_000 }, async context => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'run-it-kill-'))
  context.after(() => rmSync(dataDirectory, { recursive: true }))
  const word: Word = { submitted: new Set(), finished: new Set(), attempts: new Map() }
  const seed = Number(process.env.KILL_SEED ?? Date.now() % 2 ** 31)
  context.diagnostic(`KILL_SEED=${seed}`)
  const moments = fc.sample(fc.integer({ min: 1, max: 400 }), { seed, numRuns: rounds })
  let interrupted = 0
  for (const lines of moments) {
    await runAndKill(dataDirectory, word, lines)
    assertSound(dataDirectory)
    const house = exampleHouse(await openSqliteDatabase({ dataDirectory }))
    interrupted += (await house.lifecycle.recover()).length
    await assertWordKept(house, word)
    await assertQueued(house)
    await house.queue.close()
    await house.database.close()
  }
  assert.ok(interrupted > 0, 'no run was ever interrupted: the test does not test')
  await assertAllCanEnd(exampleHouse(await openSqliteDatabase({ dataDirectory })))
})

async function assertAllCanEnd(house: ExampleHouse): Promise<void> {
  const { lifecycle, queue, runs, database } = house
  while ((await queue.depth()) > 0) {
    const claim = await queue.claim('last', never)
    const lease = claim && (await lifecycle.begin(claim, 'last'))
    assert.ok(lease)
    assert.ok(await lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, []))
  }
  const { finished, ...others } = await runs.countByState()
  assert.ok(finished > 0)
  assert.deepEqual(others, { queued: 0, preparing: 0, running: 0 })
  await queue.close()
  await database.close()
}
