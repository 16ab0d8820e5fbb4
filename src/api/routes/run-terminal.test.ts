import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { assertProblem, assertShape } from '../../../test/support/assert-answer.ts'
import { finish, post, take, write } from '../../../test/support/example-api.ts'
import { type ListeningApi, listeningApi, refusal, TerminalClient } from '../../../test/support/terminal-client.ts'
import { waitFor } from '../../../test/support/wait-for.ts'
import type { Lease } from '../../queue/lifecycle.ts'
import type { RunId } from '../../run/id.ts'
import type { RunInput } from '../../run/terminal.ts'

const interactive = { environment: 'python', source: 'input()', tty: true }

async function typed(house: ListeningApi, { run, attempt }: Lease, count: number): Promise<readonly RunInput[]> {
  const inputs: RunInput[] = []
  await waitFor(`${count} inputs`, async () => {
    inputs.push(...(await house.terminals.take(run.id, attempt)))
    return inputs.length >= count
  })
  return inputs
}

test('the events of the run come, and what is typed goes to it, until it is finished', async context => {
  const house = await listeningApi(context)
  const id = await post(house.app, interactive)
  const client = new TerminalClient(house, id)
  await client.role('writer')
  const lease = await take(house)
  client.say({ type: 'stdin', content: 'grüße\r' })
  client.say({ type: 'stdin', content: '/w==', encoding: 'base64' })
  client.say({ type: 'resize', columns: 7, rows: 3 })
  client.say({ type: 'signal', signal: 'SIGINT' })
  client.say({ type: 'end' })
  assert.deepEqual(await typed(house, lease, 5), [
    { type: 'stdin', bytes: Uint8Array.from(Buffer.from('grüße\r')) },
    { type: 'stdin', bytes: Uint8Array.of(255) },
    { type: 'resize', size: { columns: 7, rows: 3 } },
    { type: 'signal', signal: 'SIGINT' },
    { type: 'end' },
  ])
  await write(house, lease, 'hello\r\n')
  assert.equal((await client.hears('output', message => message.type === 'output')).content, 'hello\r\n')
  await finish(house, lease, 7)
  await waitFor('the end', () => client.code !== undefined)
  assert.equal(client.code, 1000)
  const events = client.heard.filter(message => message.type !== 'role')
  for (const event of events) assertShape('RunEvent', event)
  assert.deepEqual(
    events.map(event => event.type),
    ['state', 'state', 'state', 'output', 'stage', 'finished'],
  )
})

test('a client resumes after the events that it has seen', async context => {
  const house = await listeningApi(context)
  const id = await post(house.app, interactive)
  await finish(house, await take(house), 0)
  const client = new TerminalClient(house, id, '?after=4')
  await waitFor('the end', () => client.code !== undefined)
  assert.deepEqual(
    client.heard.filter(message => message.type !== 'role').map(message => message.sequence),
    [5],
  )
})

test('one writes and others watch, until the writer leaves', async context => {
  const house = await listeningApi(context)
  const id = await post(house.app, interactive)
  const first = new TerminalClient(house, id)
  await first.role('writer')
  const second = new TerminalClient(house, id)
  const onlyWatches = new TerminalClient(house, id, '?watch=true')
  await Promise.all([second.role('watcher'), onlyWatches.role('watcher')])
  second.say({ type: 'stdin', content: 'x' })
  const error = await second.hears('a refusal', message => message.type === 'error')
  assertShape('TerminalNotice', error)
  assert.equal(error.code, 'not-writer')
  first.socket.close()
  await second.role('writer')
  second.say({ type: 'stdin', content: 'y' })
  assert.deepEqual(await typed(house, await take(house), 1), [{ type: 'stdin', bytes: Uint8Array.from([121]) }])
  assert.ok(!onlyWatches.heard.some(message => message.role === 'writer'))
})

test('a run that is not interactive can be watched', async context => {
  const house = await listeningApi(context)
  const client = new TerminalClient(house, await post(house.app))
  await client.role('watcher')
  client.say({ type: 'end' })
  assert.equal((await client.hears('a refusal', message => message.type === 'error')).code, 'not-interactive')
})

test('messages that are none are answered, and many of them end the connection', async context => {
  const house = await listeningApi(context)
  const client = new TerminalClient(house, await post(house.app, interactive))
  await client.role('writer')
  const wrong = [
    '{',
    '[]',
    '{"type":"stdin"}',
    '{"type":"stdin","content":"=","encoding":"base64"}',
    '{"type":"resize","columns":0,"rows":1}',
    '{"type":"signal","signal":"SIGSTOP"}',
    '{"type":"end","more":1}',
  ]
  for (const message of wrong) client.say(message)
  await waitFor('the answers', () => client.heard.filter(message => message.code === 'invalid-message').length === 7)
  for (let count = 0; count < 10; count++) client.say('x')
  await waitFor('the close', () => client.code !== undefined)
  assert.equal(client.code, 1008)
})

test('a message that is too large, or binary, ends the connection', async context => {
  const house = await listeningApi(context)
  const id = await post(house.app, interactive)
  for (const [message, code] of [
    ['x'.repeat(65_537), 1009],
    [Buffer.from('{}'), 1003],
  ] as const) {
    const client = new TerminalClient(house, id)
    await client.hears('the role', message => message.type === 'role')
    client.socket.send(message)
    await waitFor('the close', () => client.code !== undefined)
    assert.equal(client.code, code)
  }
})

test('what is typed faster than it is read is held back, and comes whole', async context => {
  const house = await listeningApi(context)
  const client = new TerminalClient(house, await post(house.app, interactive))
  await client.role('writer')
  const lease = await take(house)
  const content = 'x'.repeat(60_000)
  for (let count = 0; count < 40; count++) client.say({ type: 'stdin', content })
  const pendingBytes = async () => {
    const row = house.database.rows.selectFrom('run_terminals').select('pending_bytes')
    return (await row.executeTakeFirstOrThrow()).pending_bytes
  }
  await waitFor('all that may wait to wait', async () => (await pendingBytes()) > 200_000)
  await house.app.inject('/health/live')
  assert.ok((await pendingBytes()) <= 256 * 1024)
  assert.equal((await typed(house, lease, 40)).length, 40)
})

test('an unknown run, a plain request and a terminal too many are refused before anything is opened', async context => {
  const house = await listeningApi(context)
  assertProblem(await refusal(house, '/v1/runs/01JD0000000000000000000000/terminal'), 404, 'run-not-found')
  const id = await post(house.app, interactive)
  assertProblem(await refusal(house, `/v1/runs/${id}/terminal?watch=maybe`), 400, 'invalid-request')
  const plain = await house.app.inject({ url: `/v1/runs/${id}/terminal` })
  assertProblem(plain, 426, 'web-socket-required')
  const clients = Array.from({ length: 32 }, () => new TerminalClient(house, id, '?watch=true'))
  await Promise.all(clients.map(client => client.role('watcher')))
  assertProblem(await refusal(house, `/v1/runs/${id}/terminal`), 429, 'too-many-terminals')
  clients[0]?.socket.close()
  await waitFor('a place', async () => {
    const client = new TerminalClient(house, id, '?watch=true')
    await waitFor('an answer', () => client.code !== undefined || client.heard.length > 0)
    return client.heard.length > 0
  })
})

test('a page of another site, or with a host of its own, cannot open a terminal', async context => {
  const house = await listeningApi(context)
  const path = `/v1/runs/${await post(house.app, interactive)}/terminal`
  const cases: [Record<string, string>, number, string][] = [
    [{ origin: 'http://evil.example' }, 403, 'cross-site-request'],
    [{ origin: 'null' }, 403, 'cross-site-request'],
    [{ origin: house.address, 'sec-fetch-site': 'cross-site' }, 403, 'cross-site-request'],
    [{ origin: house.address, 'sec-fetch-site': 'same-site' }, 403, 'cross-site-request'],
    [{ host: 'evil.example' }, 421, 'host-not-allowed'],
  ]
  for (const [headers, status, code] of cases) assertProblem(await refusal(house, path, headers), status, code)
  const same = new TerminalClient(house, path.split('/')[3] as RunId, '', { headers: { origin: house.address } })
  await same.role('writer')
})

test('another upgrade than to a WebSocket changes nothing', async context => {
  const house = await listeningApi(context)
  const { request } = await import('node:http')
  const headers = { connection: 'upgrade, http2-settings', upgrade: 'h2c', 'http2-settings': 'x' }
  const call = request(`${house.address}/health/live`, { headers }).end()
  const [response] = await once(call, 'response')
  response.resume()
  assert.equal(response.statusCode, 200)
})

test('closing the server ends the terminals, also of clients that do not answer', async context => {
  const house = await listeningApi(context)
  const id = await post(house.app, interactive)
  const [client, deaf] = [new TerminalClient(house, id), new TerminalClient(house, id)]
  await Promise.all([client, deaf].map(each => each.hears('the role', message => message.type === 'role')))
  deaf.socket.pause()
  await house.app.close()
  await waitFor('the close', () => client.code !== undefined)
  assert.equal(client.code, 1012)
  deaf.socket.terminate()
})

test('a watcher that does not read is not read ahead for', async context => {
  let bytesRead = 0
  const house = await listeningApi(context, {
    events: inner => ({
      read: (id, page) => inner.read(id, page),
      async page(id, page) {
        const found = await inner.page(id, page)
        for (const event of found.events) bytesRead += event.type === 'output' ? event.bytes.length : 0
        return found
      },
      output: (id, select) => inner.output(id, select),
    }),
  })
  const id = await post(house.app, interactive)
  const lease = await take(house)
  const client = new TerminalClient(house, id)
  await client.role('writer')
  client.socket.pause()
  const chunk = Buffer.alloc(64 * 1024, 'x')
  for (let count = 0; count < 640; count++) await write(house, lease, chunk)
  await finish(house, lease, 0)
  await house.app.inject('/health/live')
  // What the kernel holds for a connection on loopback is some MiB.
  assert.ok(bytesRead < 320 * chunk.length, `${bytesRead} bytes were read`)
  client.socket.resume()
  await waitFor('the end', () => client.code !== undefined)
  const bytes = client.heard.reduce((sum, message) => sum + (message.content?.length ?? 0), 0)
  assert.equal(bytes, 640 * chunk.length)
})
