import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { type Run, type RunItClient, verifyWebhook, type WebhookLog } from '../../sdk/src/client.ts'
import { type Received, Receiver } from '../support/receiver.ts'
import { TestServer } from '../support/server.ts'
import { askKept, isShared } from '../support/shape.ts'
import { waitFor } from '../support/wait-for.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ownSecret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const flags = ['--allow-webhook-to', '127.0.0.1', '--webhook-retry-ms', '50ms']

function submit({ runs }: RunItClient, webhook: { url: string; secret?: string }): Promise<Run> {
  return runs.submit({ environment: 'bash', source: 'echo hello', webhook })
}

function delivered({ runs }: RunItClient, id: string): Promise<WebhookLog> {
  return waitFor('the webhook to be delivered', async () => {
    const log = await runs.deliveries(id)
    return log.state === 'delivered' ? log : undefined
  })
}

async function assertTells(received: Received | undefined, run: Run, key = secret): Promise<void> {
  assert.ok(received)
  const message = await verifyWebhook(received.body, received.headers, key)
  assert.equal(message.type, 'run.finished')
  assert.deepEqual(message.data, run)
  assert.equal(message.timestamp, run.finishedAt)
  assert.equal(run.stages[0]?.stdout.content, 'hello\n')
}

suite('webhooks', () => {
  let folder: string
  let dataDirectory: string
  let variables: NodeJS.ProcessEnv
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    dataDirectory = join(folder, 'data')
    await writeFile(join(folder, 'secret'), `${secret}\n`)
    variables = { RUN_IT_WEBHOOK_SECRET_FILE: join(folder, 'secret') }
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('a finished run is delivered as the API tells it, signed, once', async () => {
    await using server = await TestServer.start({ dataDirectory, flags, variables })
    await using receiver = await Receiver.start()
    const [one, two] = [
      await submit(server.client, { url: receiver.url }),
      await submit(server.client, { url: receiver.url, secret: ownSecret }),
    ]
    for (const [{ id }, key] of [[one, secret] as const, [two, ownSecret] as const]) {
      await delivered(server.client, id)
      const found = receiver.received.filter(({ headers }) => headers['webhook-id'] === `msg_${id}`)
      assert.equal(found.length, 1)
      await assertTells(found[0], await server.client.runs.get(id), key)
    }
    assert.doesNotMatch(server.log, /whsec_/)
  })

  test('a receiver that is down, fails, redirects or hangs gets it once it is well; others do not wait for it', async () => {
    await using server = await TestServer.start({ dataDirectory, flags, variables })
    const down = await Receiver.start()
    const { port, url } = down
    await down[Symbol.asyncDispose]()
    const { id } = await submit(server.client, { url })
    await waitFor('an attempt', async () => (await server.client.runs.deliveries(id)).deliveries.length > 0)
    await using receiver = await Receiver.start(port)
    await using elsewhere = await Receiver.start()
    await using other = await Receiver.start()
    let answers = 0
    receiver.answer = (_request, response) => {
      answers += 1
      if (answers === 1) response.writeHead(500).end()
      else if (answers === 2) response.writeHead(302, { location: elsewhere.url }).end()
      // The third one hangs, until somebody else was told.
      else if (answers > 3) response.writeHead(200).end()
    }
    await waitFor('it to hang', () => answers === 3)
    const quick = await submit(server.client, { url: other.url })
    await delivered(server.client, quick.id)
    assert.equal(answers, 3)
    const { deliveries } = await delivered(server.client, id)
    const statuses = deliveries.map(({ status }) => status)
    assert.deepEqual(statuses.slice(-4), [500, 302, undefined, 200])
    assert.match(deliveries.at(-2)?.error ?? '', /no answer within/)
    assert.match(deliveries[0]?.error ?? '', /ECONNREFUSED/)
    const run = await server.client.runs.get(id)
    for (const received of receiver.received) await assertTells(received, run)
    assert.equal(elsewhere.received.length, 0)
  })

  // Who shares a database cannot know at its start that the other is dead: it waits for the end of the lease, see shared-webhooks.test.ts.
  const testOfDead = isShared ? undefined : test
  testOfDead?.('a run that ended just before kill -9 is delivered after the next start', async () => {
    const first = await TestServer.start({ dataDirectory, flags, variables })
    await using receiver = await Receiver.start()
    receiver.answer = () => {}
    const { id } = await submit(first.client, { url: receiver.url })
    await waitFor('the attempt', () => receiver.received.length > 0)
    await first.end('SIGKILL')
    receiver.answer = 204
    await using second = await TestServer.start({ dataDirectory, flags, variables })
    const { deliveries } = await delivered(second.client, id)
    assert.deepEqual(
      deliveries.map(({ status }) => status),
      [204],
    )
    const run = await second.client.runs.get(id)
    assert.equal(receiver.received.length, 2)
    for (const received of receiver.received) await assertTells(received, run)
  })

  test('an address that is not allowed is refused, and the secrets that ended are nowhere in the data', async () => {
    const server = await TestServer.start({ dataDirectory, variables })
    await assert.rejects(submit(server.client, { url: 'http://127.0.0.1:1/' }), /leads to an address/)
    await assert.rejects(submit(server.client, { url: 'https://[::ffff:127.0.0.1]/' }), /leads to an address/)
    await server.end('SIGTERM')
    assert.equal(server.exitCode, 0, server.log)
    assert.deepEqual(await askKept(dataDirectory, 'select secret from webhooks where secret is not null'), [])
    if (isShared) return
    const files = await readdir(dataDirectory)
    for (const file of files) assert.ok(!(await readFile(join(dataDirectory, file))).includes(secret), file)
  })
})
