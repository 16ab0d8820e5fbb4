import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ExampleHouse, exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import type { RunId } from '../run/id.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'
import type { Lease } from './lifecycle.ts'
import type { Claim } from './queue.ts'

const never = new AbortController().signal
const output = { type: 'output', stage: 'run', stream: 'stdout', bytes: Buffer.from('x') } as const
const exited = { outcome: { kind: 'exited', code: 0 }, stages: [] } as const

const step = fc.record({
  act: fc.constantFrom(
    'submit',
    'claim',
    'begin',
    'running',
    'append',
    'finish',
    'spend',
    'return',
    'cancel',
    'recover',
    'remove',
  ),
  /** Which of the runs, claims or leases so far; stale ones are among them. */
  pick: fc.nat(20),
})

/** What is known from outside while random things are done. */
class Model {
  readonly house: ExampleHouse
  readonly ids: RunId[] = []
  readonly claims: Claim[] = []
  readonly leases: Lease[] = []
  /** By run: the only lease that may write, if any. */
  readonly current = new Map<RunId, Lease>()
  readonly removed = new Set<RunId>()

  constructor(house: ExampleHouse) {
    this.house = house
  }

  async step(act: (typeof step extends fc.Arbitrary<infer Step> ? Step : never)['act'], pick: number): Promise<void> {
    const { lifecycle, queue } = this.house
    const id = this.ids[pick % Math.max(1, this.ids.length)]
    const claim = this.claims[pick % Math.max(1, this.claims.length)]
    const lease = this.leases[pick % Math.max(1, this.leases.length)]
    if (act === 'submit') {
      const run = await lifecycle.submit(exampleRun({ priority: pick % 3, maxAttempts: 1 + (pick % 3) }))
      this.ids.push(run.id)
    } else if (act === 'claim' && (await queue.depth()) > 0) {
      const taken = await queue.claim('worker', never)
      if (taken) this.claims.push(taken)
    } else if (act === 'begin' && claim) {
      const held = await queue.heartbeat(claim)
      const begun = await lifecycle.begin(claim, 'worker')
      assert.ok(held || begun === undefined)
      // Beginning a second time with one claim takes over from the first.
      if (held) this.current.delete(claim.runId)
      if (begun) {
        this.leases.push(begun)
        this.current.set(begun.run.id, begun)
      }
    } else if (act === 'cancel' && id) {
      const run = await lifecycle.cancel(id)
      assert.equal(run === undefined, this.removed.has(id))
    } else if (act === 'recover') {
      await lifecycle.recover()
      this.current.clear()
    } else if (act === 'remove' && id) {
      const removed = await lifecycle.remove(id).catch(error => assert.equal(error.code, 'run-not-finished'))
      if (removed) this.removed.add(id)
    } else if (lease) {
      await this.#write(act, lease)
    }
  }

  async #write(act: string, lease: Lease): Promise<void> {
    const { lifecycle } = this.house
    const { id } = lease.run
    const before = await this.#rows(id)
    const environment = { name: 'python', version: '3', digest: 'sha256:1' }
    const written =
      act === 'running'
        ? await lifecycle.running(lease, environment)
        : act === 'append'
          ? await lifecycle.append(lease, [output])
          : act === 'finish'
            ? await lifecycle.finish(lease, exited, [output])
            : act === 'spend' || act === 'return'
              ? await lifecycle.handBack(lease, { spendAttempt: act === 'spend' })
              : undefined
    if (written === undefined) return
    assert.equal(written, this.current.get(id) === lease, `${act} by attempt ${lease.attempt}`)
    if (!written) assert.deepEqual(await this.#rows(id), before)
    if (written && act !== 'running' && act !== 'append') this.current.delete(id)
  }

  async #rows(id: RunId) {
    const { rows } = this.house.database
    const run = await rows.selectFrom('runs').selectAll().where('id', '=', id).execute()
    const events = await rows.selectFrom('events').select('sequence').where('run_id', '=', id).execute()
    return [run, events]
  }

  /** Works off what is left, as workers would. */
  async settle(): Promise<void> {
    const { lifecycle, queue } = this.house
    await lifecycle.recover()
    while ((await queue.depth()) > 0) {
      const claim = await queue.claim('worker', never)
      const lease = claim && (await lifecycle.begin(claim, 'worker'))
      if (lease) assert.equal(await lifecycle.finish(lease, exited, []), true)
    }
  }

  async checkLogs(): Promise<void> {
    for (const id of this.ids) {
      const run = await this.house.runs.find(id)
      const log = await this.house.events.read(id, { after: 0, limit: 10_000 })
      assert.deepEqual(
        log.map(event => event.sequence),
        log.map((_, index) => index + 1),
      )
      assert.equal(run === undefined, this.removed.has(id))
      const ends = log.filter(event => event.type === 'finished')
      assert.equal(ends.length, run?.state === 'finished' ? 1 : 0)
      if (ends.length > 0) assert.equal(log.at(-1)?.type, 'finished')
      if (run) assert.equal(run.outcome !== undefined, run.state === 'finished')
    }
  }

  /** The counts that are kept are those that counting gives. */
  async checkCounts(): Promise<void> {
    const counted = { queued: 0, preparing: 0, running: 0, finished: 0 }
    for (const run of await this.house.database.rows.selectFrom('runs').select('state').execute())
      counted[run.state] += 1
    assert.deepEqual(await this.house.runs.countByState(), counted)
  }
}

test('any order of steps leaves gapless logs, right counts, silent stale leases, and one end for each run', async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async steps => {
    const database = await openMemoryDatabase()
    const model = new Model(exampleHouse(database))
    try {
      for (const { act, pick } of steps) await model.step(act, pick)
      await model.checkLogs()
      await model.checkCounts()
      await model.settle()
      await model.checkLogs()
      await model.checkCounts()
      const { finished, ...others } = await model.house.runs.countByState()
      assert.equal(finished, model.ids.length - model.removed.size)
      assert.deepEqual(others, { queued: 0, preparing: 0, running: 0 })
    } finally {
      await model.house.queue.close()
      await database.close()
    }
  })
  await fc.assert(property, { numRuns: 50 })
})
