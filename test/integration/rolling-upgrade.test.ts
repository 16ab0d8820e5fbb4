import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { thisVersion } from '../../src/store/migrations/release.ts'
import { ask, TestPostgres } from '../support/postgres.ts'
import { ReleasedServer } from '../support/released-server.ts'
import { minorAfter } from '../support/releases.ts'
import { waitFor } from '../support/wait-for.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

/** Clients that post at one server after the other, and look for the end at another, until they are stopped. */
class Flow {
  readonly #servers: ReleasedServer[] = []
  readonly #asked: ReleasedServer[] = []
  readonly #stopped = new AbortController()
  readonly #work: Promise<unknown>
  finished = 0

  constructor(first: ReleasedServer) {
    this.#servers.push(first)
    this.#work = Promise.all([this.#postUntilStopped(), this.#postUntilStopped(), this.#postUntilStopped()])
    // Looked at in the end; what fails meanwhile is no less a failure then.
    this.#work.catch(() => {})
  }

  use(server: ReleasedServer): void {
    this.#servers.push(server)
  }

  /** Resolves when nobody asks it any more, as behind a balancer that was told. */
  async leave(server: ReleasedServer): Promise<void> {
    this.#servers.splice(this.#servers.indexOf(server), 1)
    await waitFor('its requests to end', () => !this.#asked.includes(server))
  }

  /** That so many more end. */
  async goesOn(more = 6): Promise<void> {
    const until = this.finished + more
    await waitFor('runs to flow', () => this.finished >= until)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#work
  }

  async #postUntilStopped(): Promise<void> {
    for (let turn = 0; !this.#stopped.signal.aborted; turn += 1) {
      const pair = [turn, turn + 1].flatMap(index => this.#servers[index % this.#servers.length] ?? [])
      this.#asked.push(...pair)
      await this.#runOne(turn, pair)
      for (const server of pair) this.#asked.splice(this.#asked.indexOf(server), 1)
      this.finished += 1
    }
  }

  async #runOne(number: number, [poster, reader]: readonly ReleasedServer[]): Promise<void> {
    assert.ok(poster && reader)
    const { id } = await poster.client.runs.submit({ environment: 'bash', source: `print ${number}\nsleep 20` })
    const run = await reader.client.runs.wait(id, { signal: AbortSignal.timeout(30_000) })
    assert.deepEqual(run.outcome, { kind: 'exited', code: 0 })
    assert.equal(run.stages[0]?.stdout.content, `${number}\n`)
  }
}

test('servers of this minor version and of the next work on one database, and one that is two before the newest is refused', {
  timeout: 240_000,
}, async () => {
  const url = await postgres.createDatabase()
  const servers: ReleasedServer[] = []
  const start = async (distance: number) => {
    const server = await ReleasedServer.start(url, distance)
    servers.push(server)
    return server
  }
  /** Whose workers had runs since. */
  const holders = async (since: number) => {
    const rows = await ask(url, `select distinct worker_id from runs where created_at >= ${since}`)
    return servers.filter(({ pid }) => rows.some(({ worker_id }) => String(worker_id).includes(`-${pid}-`)))
  }
  try {
    const old = await start(0)
    const flow = new Flow(old)
    await flow.goesOn()
    const migratedAt = Date.now()
    const next = await start(1)
    assert.deepEqual(await ask(url, 'select count(*)::int as there from things_1'), [{ there: 0 }], 'it migrated')
    flow.use(next)
    await flow.goesOn()
    // It finds tables and rows that it does not know.
    const restarted = await start(0)
    flow.use(restarted)
    await waitFor('each to have runs', async () => (await holders(migratedAt)).length === 3)
    await flow.goesOn()
    assert.equal((await old.client.workers()).length, 3)
    assert.match(
      await ReleasedServer.refusal(url, -1),
      new RegExp(
        `that of run-it ${minorAfter(1)}, .* ${thisVersion.version} and later.*This is run-it ${minorAfter(-1)}`,
      ),
    )
    assert.match(
      await ReleasedServer.refusal(url, 2),
      new RegExp(
        `Processes of run-it ${thisVersion.version} work with the database, and this is run-it ${minorAfter(2)}, which works beside ${minorAfter(1)}`,
      ),
    )
    await flow.goesOn()
    for (const server of [old, restarted]) {
      await flow.leave(server)
      await server[Symbol.asyncDispose]()
    }
    const last = await start(2)
    flow.use(last)
    await flow.goesOn()
    await flow.stop()
    assert.match(await ReleasedServer.refusal(url, 0), new RegExp(`that of run-it ${minorAfter(2)}`))
    const unknown = await ask(url, "select count(*)::int as runs from runs where request like '%ofTomorrow%'")
    assert.ok(Number(unknown[0]?.runs) > 0, 'no row had anything new')
    assert.deepEqual(await ask(url, 'select max(attempt)::int as most from runs'), [{ most: 1 }])
  } finally {
    await Promise.all(servers.map(server => server[Symbol.asyncDispose]()))
  }
})

test('servers of two versions that start at once on an empty database migrate once, whoever is first', {
  timeout: 120_000,
}, async () => {
  const url = await postgres.createDatabase()
  const servers = await Promise.all([0, 1, 0, 1].map(distance => ReleasedServer.start(url, distance)))
  try {
    const names = await ask(url, 'select name from kysely_migration')
    assert.equal(new Set(names.map(({ name }) => name)).size, names.length)
    const written = await ask(url, "select name, value from meta where name like 'schema_%' order by name")
    assert.deepEqual(written, [
      { name: 'schema_compatible_from', value: thisVersion.version },
      { name: 'schema_version', value: minorAfter(1) },
    ])
    for (const { client } of servers) {
      const { id } = await client.runs.submit({ environment: 'bash', source: 'print hi' })
      assert.deepEqual((await servers[0]?.client.runs.wait(id))?.outcome, { kind: 'exited', code: 0 })
    }
  } finally {
    await Promise.all(servers.map(server => server[Symbol.asyncDispose]()))
  }
})

test('a pg-boss that is older than its tables works with them as they are', async () => {
  const url = await postgres.createDatabase()
  await (await ReleasedServer.start(url, 0))[Symbol.asyncDispose]()
  await ask(url, 'update run_it_jobs.version set version = version + 1')
  const [before] = await ask(url, 'select version from run_it_jobs.version')
  await using server = await ReleasedServer.start(url, 0)
  const { id } = await server.client.runs.submit({ environment: 'bash', source: 'print hi' })
  assert.deepEqual((await server.client.runs.wait(id)).outcome, { kind: 'exited', code: 0 })
  assert.deepEqual(await ask(url, 'select version from run_it_jobs.version'), [before])
})
