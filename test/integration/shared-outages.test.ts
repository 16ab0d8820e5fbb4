import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, type TestContext, test } from 'node:test'
import pg from 'pg'
import { RunItClient } from '../../sdk/src/client.ts'
import { type Server, startServer } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { FakePlatform } from '../../src/platform/fake/fake-platform.ts'
import { isUnavailable } from '../../src/store/postgres/postgres-error.ts'
import { PostgresPool } from '../../src/store/postgres/postgres-pool.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { DatabaseProxy } from '../fault/database-proxy.ts'
import { TestPostgres } from '../support/postgres.ts'
import { waitFor } from '../support/wait-for.ts'

/** Whoever posts is not kept waiting for longer, whatever the database does. */
const answerDeadlineMs = 30_000

const lines = Array.from({ length: 8 }, (_, line) => `line ${line}`)
/** On the fake platform: it speaks for a while, in pieces. */
const program = lines.map(line => `print ${line}\nsleep 60`).join('\n')

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

/** A server with API and worker on a database of its own, whose programs are the fake platform's. */
async function serve(
  context: TestContext,
): Promise<{ readonly server: Server; readonly database: string; readonly url: string }> {
  const url = await postgres.createDatabase()
  const dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  const destination = new Writable({ write: (_chunk, _encoding, done) => done() })
  const settings = loadSettings({
    flags: { dataDirectory, port: '0', slots: '4' },
    variables: { DATABASE_URL: url },
    folder: '/',
    usesFolderFile: false,
    isTerminal: false,
  })
  const observer = createObserver(createLog({ level: 'error', format: 'json', destination }))
  const server = await startServer(settings, observer, new FakePlatform())
  context.after(async () => {
    await server.close()
    await rm(dataDirectory, { recursive: true, force: true })
  })
  return { server, url, database: new URL(url).pathname.slice(1) }
}

function post({ url }: Server): Promise<Response> {
  return fetch(`${url}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // Once only: an attempt that was begun twice would end it as failed.
    body: JSON.stringify({ environment: 'python', source: program, maxAttempts: 1 }),
    signal: AbortSignal.timeout(answerDeadlineMs),
  })
}

async function assertAllFinished({ url }: Server, ids: readonly string[]): Promise<void> {
  const { runs } = new RunItClient({ baseUrl: url })
  for (const id of ids) {
    const run = await runs.wait(id, { signal: AbortSignal.timeout(60_000) })
    assert.deepEqual(run.outcome, { kind: 'exited', code: 0 }, JSON.stringify(run))
    assert.equal(run.stages[0]?.stdout.content, `${lines.join('\n')}\n`)
    const events = await collect(runs.events(id))
    assert.deepEqual(
      events.map(event => event.sequence),
      events.map((_, index) => index + 1),
    )
    assert.equal(events.filter(event => event.type === 'finished').length, 1)
  }
}

test('connections that are cut again and again lose no run that was answered, and double none', {
  timeout: 120_000,
}, async context => {
  const { server, database } = await serve(context)
  const answered: string[] = []
  let refused = 0
  const stop = new AbortController()
  const postOn = async () => {
    while (!stop.signal.aborted) {
      const reply = await post(server)
      if (reply.status === 202) answered.push(((await reply.json()) as { id: string }).id)
      else if (reply.status === 503) refused += 1
      else assert.fail(await reply.text())
    }
  }
  const posting = Promise.all([postOn(), postOn(), postOn()])
  for (let cut = 0; cut < 12; cut += 1) {
    const before = answered.length
    await waitFor('some to be taken', () => answered.length > before + 5)
    await postgres.ask(
      database,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`,
    )
  }
  stop.abort()
  await posting
  await assertAllFinished(server, answered)
  context.diagnostic(`${answered.length} runs were taken, ${refused} requests refused`)
})

test('where no connection is to be had requests are answered with 503 and when to come back, and go on when there is', {
  timeout: 120_000,
}, async context => {
  const { server, url, database } = await serve(context)
  assert.equal((await post(server)).status, 202)
  await postgres.ask('postgres', `alter database ${database} connection limit 1`)
  // Whoever gets the one that there is keeps it: if that was the server, it loses it again.
  const greedy = await waitFor('the connection', async () => {
    await postgres.ask(
      'postgres',
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    )
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    return await client.connect().then(
      () => client,
      () => undefined,
    )
  })
  try {
    const reply = await post(server)
    assert.equal(reply.status, 503)
    assert.equal(((await reply.json()) as { code: string }).code, 'not-ready')
    assert.ok(Number(reply.headers.get('retry-after')) > 0)
    assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
    assert.equal((await fetch(`${server.url}/health/ready`)).status, 503)
  } finally {
    await greedy.end()
    await postgres.ask('postgres', `alter database ${database} connection limit -1`)
  }
  const taken = await waitFor('a run to be taken', async () => {
    const reply = await post(server)
    return reply.status === 202 ? ((await reply.json()) as { id: string }).id : undefined
  })
  await assertAllFinished(server, [taken])
})

test('a database that holds still is told of, instead of being waited for without end', {
  timeout: 120_000,
}, async context => {
  const { server, url } = await serve(context)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('begin; lock table run_it.runs in access exclusive mode')
    const reply = await post(server)
    assert.equal(reply.status, 503, await reply.text())
  } finally {
    await client.query('rollback')
    await client.end()
  }
  const reply = await post(server)
  assert.equal(reply.status, 202)
  await assertAllFinished(server, [((await reply.json()) as { id: string }).id])
})

test('a connection on which no answer comes is given up, and nobody is given it again', {
  timeout: 60_000,
}, async context => {
  await using proxy = await DatabaseProxy.start(await postgres.createDatabase())
  const pool = new PostgresPool({ url: proxy.url, name: 'test', connections: 1 })
  context.after(() => pool.end())
  const client = await pool.connect()
  proxy.spoil('silence', () => 0)
  await assert.rejects(client.query('select 1'), /timeout/)
  await assert.rejects(client.query('rollback'), error => isUnavailable(error))
  client.release()
  assert.deepEqual((await pool.query('select 1 as one')).rows, [{ one: 1 }])
})

async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = []
  for await (const value of values) all.push(value)
  return all
}
