import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type WebhookClaim, WebhookStore } from '../../src/store/webhook-store.ts'
import { exampleHouse } from '../support/example-house.ts'
import { exampleRun } from '../support/example-run.ts'
import { TestPostgres } from '../support/postgres.ts'
import { openShared } from '../support/shared-house.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

test('each webhook is claimed by one of many servers, and by another when that one was silent for its lease', async context => {
  const url = await postgres.createDatabase()
  const shared = await Promise.all([openShared(url), openShared(url), openShared(url)])
  context.after(() => Promise.all(shared.map(({ close }) => close())))
  const [first] = shared
  const { lifecycle, queue } = exampleHouse(first?.database as never, { queue: first?.queue })
  const ids: string[] = []
  for (let count = 0; count < 12; count += 1) {
    const webhook = { url: `https://host-${count}.example/`, host: `host-${count}.example` }
    ids.push((await lifecycle.submit(exampleRun({ webhook }))).id)
    const claim = await queue.claim('worker', AbortSignal.timeout(5_000))
    const lease = claim && (await lifecycle.begin(claim, 'worker'))
    assert.ok(lease && (await lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, [])))
  }
  const stores = shared.map(({ database }) => new WebhookStore(database))
  const claimAll = async (now: Date): Promise<WebhookClaim[]> => {
    const claimed = await Promise.all(
      stores.flatMap(store => Array.from({ length: 8 }, () => store.claim({ now, leaseMs: 60_000, busyHosts: [] }))),
    )
    return claimed.filter(claim => claim !== undefined)
  }
  const drain = async (now: Date): Promise<WebhookClaim[]> => {
    const all: WebhookClaim[] = []
    for (let some = await claimAll(now); some.length > 0; some = await claimAll(now)) all.push(...some)
    return all
  }
  const now = new Date(Date.now() + 1_000)
  const claims = await drain(now)
  assert.deepEqual(claims.map(claim => claim.runId as string).toSorted(), ids.toSorted())
  const [one] = claims
  const [store, other] = stores
  assert.ok(one && store && other)
  const attempt = { at: now, durationMs: 1, status: 204 }
  const later = new Date(now.getTime() + 61_000)
  const again = await drain(later)
  assert.deepEqual(again.map(claim => [claim.runId, claim.attempt]).toSorted(), ids.map(id => [id, 2]).toSorted())
  assert.equal(await store.record(one, attempt, 'delivered'), false)
  const second = again.find(claim => claim.runId === one.runId)
  assert.equal(second && (await other.record(second, attempt, 'delivered')), true)
})
