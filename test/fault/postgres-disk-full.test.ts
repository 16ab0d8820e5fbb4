import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RunItError } from '../../sdk/src/client.ts'
import { isWorthAnotherTry } from '../../sdk/src/connection.ts'
import { ask, TestPostgres } from '../support/postgres.ts'
import { ReleasedServer } from '../support/released-server.ts'
import { waitFor } from '../support/wait-for.ts'
import { SmallDisk } from './small-disk.ts'

const MiB = 1024 * 1024
/** PostgreSQL's own and its log take some 80 MiB of it. */
const diskBytes = 224 * MiB
/** Too large for what is left in the pages that a table has already. */
const largeBytes = MiB
const refusalsWanted = 5

/** Two servers on the database, programs of the fake platform, and what clients have the servers' word for. */
class Servers implements AsyncDisposable {
  readonly #servers: readonly ReleasedServer[]
  readonly #taken: { readonly id: string; readonly number: number }[] = []
  #turn = 0

  private constructor(servers: readonly ReleasedServer[]) {
    this.#servers = servers
  }

  static async start(url: string): Promise<Servers> {
    return new Servers(await Promise.all([ReleasedServer.start(url, 0), ReleasedServer.start(url, 0)]))
  }

  /** The status and what the client is told to do where it was refused, undefined where it was taken. */
  async post(bytes = 0): Promise<RunItError | undefined> {
    const number = this.#turn++
    const client = this.#servers[number % 2]?.client
    try {
      const stdin = { content: randomBytes(bytes).toString('base64'), encoding: 'base64' } as const
      const submission = { environment: 'bash', source: `sleep 300\nprint ${number}`, stdin }
      const run = await client?.runs.submit(submission, { signal: AbortSignal.timeout(60_000) })
      this.#taken.push({ id: run?.id ?? '', number })
      return undefined
    } catch (error) {
      assert.ok(error instanceof RunItError, String(error))
      return error
    }
  }

  /** Both live, and each run that was taken ends once, and well. */
  async assertKept(): Promise<void> {
    assert.ok(this.#taken.length > 0)
    for (const { id, number } of this.#taken) {
      const client = this.#servers[number % 2]?.client
      const run = await waitFor(
        `run ${number} to end`,
        () =>
          client?.runs.wait(id, { signal: AbortSignal.timeout(60_000) }).catch(error => {
            if (isWorthAnotherTry(error)) return undefined
            throw error
          }),
        90_000,
      )
      assert.deepEqual(run.outcome, { kind: 'exited', code: 0 }, JSON.stringify(run))
      assert.equal(run.stages[0]?.stdout.content, `${number}\n`)
      const events = []
      for await (const event of client?.runs.events(id) ?? []) events.push(event)
      assert.deepEqual(
        events.map(({ sequence }) => sequence),
        events.map((_, index) => index + 1),
      )
      assert.equal(events.filter(({ type }) => type === 'finished').length, 1)
    }
    for (const server of this.#servers) assert.ok(server.isAlive)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map(server => server[Symbol.asyncDispose]()))
  }
}

test("where the disk of PostgreSQL's rows is full a run is refused in words, and what was taken ends once there is room", {
  timeout: 180_000,
}, async () => {
  using disk = new SmallDisk(diskBytes)
  chmodSync(disk.folder, 0o755)
  const rowsFolder = join(disk.folder, 'rows')
  mkdirSync(rowsFolder)
  const postgres = await TestPostgres.start()
  try {
    const url = await postgres.createDatabase(rowsFolder)
    await using servers = await Servers.start(url)
    for (let count = 0; count < 8; count += 1) assert.equal(await servers.post(), undefined)
    disk.fill()
    for (let refused = 0; refused < refusalsWanted; ) {
      const error = await servers.post(largeBytes)
      // The first may still find room.
      if (error === undefined) continue
      assert.deepEqual([error.status, error.problem.code], [507, 'storage-full'], error.message)
      assert.ok((error.retryAfterSeconds ?? 0) > 0)
      refused += 1
    }
    disk.empty()
    await waitFor('a run to be taken', async () => (await servers.post(largeBytes)) === undefined)
    await servers.assertKept()
    const [counts] = await ask(url, 'select sum(queued + preparing + running)::int as open from run_counts')
    assert.deepEqual(counts, { open: 0 })
  } finally {
    await postgres[Symbol.asyncDispose]()
  }
})

test('where the disk of all of PostgreSQL is full nothing that was taken is lost, though the database itself dies', {
  timeout: 240_000,
}, async context => {
  using disk = new SmallDisk(diskBytes)
  chmodSync(disk.folder, 0o755)
  const postgres = await TestPostgres.start(disk.folder)
  try {
    await using servers = await Servers.start(await postgres.createDatabase())
    for (let count = 0; count < 8; count += 1) assert.equal(await servers.post(), undefined)
    disk.fill()
    const statuses = new Set<number>()
    for (let refused = 0; refused < refusalsWanted; ) {
      const error = await servers.post(largeBytes)
      if (error === undefined) continue
      assert.ok(error.status === 507 || error.status === 503, error.message)
      assert.ok((error.retryAfterSeconds ?? 0) > 0)
      statuses.add(error.status)
      refused += 1
    }
    context.diagnostic(
      `refused with ${[...statuses]}; the database ${postgres.isUp ? 'lived' : 'had ended'} until it was killed`,
    )
    // Not in good order, as one that cannot write its log ends.
    await postgres.crash()
    disk.empty()
    await postgres.resume()
    await waitFor('a run to be taken', async () => (await servers.post(largeBytes)) === undefined, 60_000)
    await servers.assertKept()
  } finally {
    await postgres[Symbol.asyncDispose]()
  }
})
