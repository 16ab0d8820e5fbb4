import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { verifyWebhook } from '../../sdk/src/client.ts'
import { type ExampleHouse, exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { Receiver } from '../../test/support/receiver.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import type { RunId } from '../run/id.ts'
import { Retention } from '../store/retention.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'
import { WebhookStore } from '../store/webhook-store.ts'
import { createObserver } from '../telemetry/create-observer.ts'
import { createLog } from '../telemetry/log.ts'
import { Deliverer, type DelivererOptions } from './deliverer.ts'
import { TargetPolicy } from './target-policy.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const otherSecret = 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

interface WebhookHouse extends ExampleHouse {
  readonly store: WebhookStore
  log(): string
  start(options?: Partial<DelivererOptions>): Deliverer
}

async function webhookHouse(context: TestContext): Promise<WebhookHouse> {
  const database = await openMemoryDatabase()
  const house = exampleHouse(database)
  const store = new WebhookStore(database)
  const started: Deliverer[] = []
  let log = ''
  const destination = {
    write: (line: string) => {
      log += line
      return true
    },
  }
  const observer = createObserver(createLog({ level: 'info', format: 'json', destination }))
  context.after(async () => {
    await Promise.all(started.map(deliverer => deliverer.stop()))
    await house.queue.close()
    await database.close()
  })
  const start: WebhookHouse['start'] = options => {
    const deliverer = new Deliverer({
      store,
      hints: database.hints,
      observer,
      policy: TargetPolicy.parse('127.0.0.0/8'),
      payload: async id =>
        (await house.runs.stateOf(id)) === undefined ? undefined : JSON.stringify({ data: { id } }),
      secret,
      maxAttempts: 5,
      firstRetryMs: 10,
      userAgent: 'run-it/test',
      random: () => 0,
      ...options,
    })
    deliverer.start()
    started.push(deliverer)
    return deliverer
  }
  return { ...house, store, log: () => log, start }
}

/** A run that ended, and has somebody to be told. */
async function endedRun({ lifecycle }: ExampleHouse, url: string, parts: { secret?: string } = {}): Promise<RunId> {
  const { id } = await lifecycle.submit(exampleRun({ webhook: { url, host: new URL(url).hostname, ...parts } }))
  await lifecycle.cancel(id)
  return id
}

function stateOf({ store }: WebhookHouse, id: RunId, state: string) {
  return waitFor(`the webhook to be ${state}`, async () => {
    const log = await store.log(id)
    return log?.state === state ? log : undefined
  })
}

test('a finished run is delivered once, signed, and that is logged', async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  house.start()
  const id = await endedRun(house, receiver.url)
  const log = await stateOf(house, id, 'delivered')
  const [received] = receiver.received
  assert.equal(receiver.received.length, 1)
  assert.deepEqual(await verifyWebhook(received?.body ?? '', received?.headers ?? {}, secret), { data: { id } })
  assert.equal(received?.headers['webhook-id'], `msg_${id}`)
  assert.equal(received?.headers['content-type'], 'application/json')
  assert.equal(received?.headers['user-agent'], 'run-it/test')
  assert.deepEqual([log.deliveries.length, log.deliveries[0]?.number, log.deliveries[0]?.status], [1, 1, 204])
  assert.equal(log.nextAttemptAt, undefined)
})

test('nothing is sent before the run ends', async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  house.start()
  const webhook = { url: receiver.url, host: '127.0.0.1' }
  const { id } = await house.lifecycle.submit(exampleRun({ webhook }))
  const other = await endedRun(house, receiver.url)
  await stateOf(house, other, 'delivered')
  assert.deepEqual([(await house.store.log(id))?.state, receiver.received.length], ['waiting', 1])
})

test('a secret of its own signs instead, and is gone afterwards', async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  house.start()
  const id = await endedRun(house, receiver.url, { secret: otherSecret })
  await stateOf(house, id, 'delivered')
  const [received] = receiver.received
  assert.ok(await verifyWebhook(received?.body ?? '', received?.headers ?? {}, otherSecret))
  const rows = await house.database.rows.selectFrom('webhooks').select('secret').execute()
  assert.deepEqual(
    rows.map(row => row.secret),
    [null],
  )
})

test('a receiver that is away, fails, redirects and hangs up gets it when it is well, with one id', async context => {
  const house = await webhookHouse(context)
  const away = await Receiver.start()
  const { port, url } = away
  await away[Symbol.asyncDispose]()
  house.start({ maxAttempts: 12, firstRetryMs: 2 })
  const id = await endedRun(house, url)
  await waitFor('an attempt', async () => ((await house.store.log(id))?.deliveries.length ?? 0) > 0)
  await using receiver = await Receiver.start(port)
  const answers: (number | 'hang up')[] = [500, 404, 'hang up', 302]
  receiver.answer = (_request, response) => {
    const answer = answers.shift() ?? 200
    if (answer === 'hang up') response.destroy()
    else response.writeHead(answer, { location: '/other' }).end()
  }
  const { deliveries } = await stateOf(house, id, 'delivered')
  const told = deliveries.map(delivery => delivery.status ?? delivery.error?.replace(/:.*/, ''))
  assert.deepEqual(told.slice(-5), [500, 404, 'ECONNRESET', 302, 200])
  assert.match(String(told[0]), /^ECONNREFUSED/)
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1)
  assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1)
  assert.ok(receiver.received.every(({ path }) => path === '/hook'))
})

test('it is given up after the last attempt, and at once where the receiver is gone for good', async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  receiver.answer = 500
  house.start({ maxAttempts: 3 })
  const failed = await stateOf(house, await endedRun(house, receiver.url, { secret: otherSecret }), 'failed')
  assert.deepEqual(
    failed.deliveries.map(({ number, status }) => [number, status]),
    [
      [1, 500],
      [2, 500],
      [3, 500],
    ],
  )
  receiver.answer = 410
  const gone = await stateOf(house, await endedRun(house, receiver.url), 'failed')
  assert.equal(gone.deliveries.length, 1)
  await waitFor('the log', () => house.log().includes('given up'))
  assert.doesNotMatch(house.log(), /whsec_|\/hook/)
})

test('a name that leads elsewhere by now is not connected to', async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  const answers = [['93.184.216.34', '127.0.0.1'], ['::ffff:127.0.0.1'], ['169.254.169.254']]
  const resolve = async () => answers.shift() ?? ['127.0.0.1']
  house.start({ policy: TargetPolicy.parse(''), resolve, maxAttempts: 4 })
  const id = await endedRun(house, `https://rebind.example:${receiver.port}/`)
  const { deliveries } = await stateOf(house, id, 'failed')
  assert.equal(deliveries.length, 4)
  for (const { error } of deliveries) {
    assert.equal(error, 'the URL leads to an address that this installation does not deliver to')
  }
  assert.equal(receiver.received.length, 0)
})

test('a receiver that hangs does not hold up the others', { timeout: 30_000 }, async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  await using hanging = await Receiver.start()
  hanging.answer = () => {}

  house.start({ resolve: async () => ['127.0.0.1'], policy: TargetPolicy.parse('slow.example,127.0.0.1') })
  const stuck: RunId[] = []
  for (let run = 0; run < 60; run++) stuck.push(await endedRun(house, `http://slow.example:${hanging.port}/`))
  await waitFor('the slow one to have all that he may', () => hanging.received.length === 4)
  await stateOf(house, await endedRun(house, receiver.url), 'delivered')
  assert.equal(hanging.received.length, 4)
})

test('what a dead process was about to deliver is delivered by the next one', async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  const id = await endedRun(house, receiver.url)
  const lease = { now: new Date(), leaseMs: 3_600_000, busyHosts: [] }
  assert.equal((await house.store.claim(lease))?.attempt, 1)
  assert.equal(await house.store.claim(lease), undefined, 'it is leased')
  await house.store.recover(new Date())
  house.start()
  const { deliveries } = await stateOf(house, id, 'delivered')
  assert.deepEqual(
    deliveries.map(({ number }) => number),
    [2],
  )
})

test('who was given up for dead cannot record any more', async context => {
  const house = await webhookHouse(context)
  const id = await endedRun(house, 'http://127.0.0.1:1/')
  const lease = { now: new Date(), leaseMs: 0, busyHosts: [] }
  const [first, second] = [await house.store.claim(lease), await house.store.claim(lease)]
  assert.ok(first && second)
  const attempt = { at: new Date(), durationMs: 1, status: 200 }
  assert.equal(await house.store.record(first, attempt, 'delivered'), false)
  assert.equal(await house.store.record(second, attempt, 'delivered'), true)
  assert.equal(await house.store.record(second, attempt, 'failed'), false)
  assert.equal((await house.store.log(id))?.state, 'delivered')
})

test('a run that is deleted takes its webhook along', async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  receiver.answer = () => {}
  house.start()
  const id = await endedRun(house, receiver.url)
  await waitFor('the attempt', () => receiver.received.length > 0)
  assert.ok(await house.lifecycle.remove(id))
  assert.equal(await house.store.log(id), undefined)
  const other = await endedRun(house, receiver.url)
  await house.lifecycle.remove(other)
})

test('stopping does not wait for a receiver that hangs, and leaves the webhook to the next one', {
  timeout: 20_000,
}, async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  receiver.answer = () => {}
  const deliverer = house.start({ drainMs: 1 })
  const id = await endedRun(house, receiver.url)
  await waitFor('the attempt', () => receiver.received.length > 0)
  await deliverer.stop()
  assert.equal((await house.store.log(id))?.state, 'pending')
})

test('retention waits for a webhook', async context => {
  const house = await webhookHouse(context)
  await using receiver = await Receiver.start()
  const id = await endedRun(house, receiver.url)
  const retention = new Retention({
    database: house.database,
    keepRunsMs: -1_000_000,
    keepIdempotencyKeysMs: 1,
    maxDataBytes: 64 * 1024 ** 2,
    onDeleted: () => {},
    onError: error => assert.fail(String(error)),
  })
  await retention.tick()
  assert.equal(await house.runs.stateOf(id), 'finished')
  house.start()
  await stateOf(house, id, 'delivered')
  await retention.tick()
  assert.equal(await house.runs.stateOf(id), undefined)
})
