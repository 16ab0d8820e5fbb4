import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunItClient } from '../../sdk/src/client.ts'
import { ask, TestPostgres } from '../support/postgres.ts'
import { waitFor } from '../support/wait-for.ts'
import { DatabaseProxy } from './database-proxy.ts'
import { KillableServer } from './killable-server.ts'
import { Member } from './member.ts'

/** Stands for whichever API server is next. */
const anyServer = 'http://any.invalid'
const readyDeadlineMs = 60_000

export interface InstallationOptions {
  readonly apis: number
  readonly workers: number
  readonly slots: number
  readonly leaseMs: number
  /** Default: the setting's. */
  readonly drainTimeoutMs?: number
  /** Its processes reach the database through `proxy`. */
  readonly isBehindProxy?: boolean
}

/** API servers and workers as processes, on a database of their own and the machine's engine. */
export class Installation implements AsyncDisposable {
  readonly postgres: TestPostgres
  /** Of the database itself. */
  readonly databaseUrl: string
  readonly proxy: DatabaseProxy | undefined
  /** Each of its requests goes to the next API server, whether or not that one lives. */
  readonly client: RunItClient
  readonly members: readonly [Member, ...Member[]]
  readonly #folder: string
  #turn = 0

  private constructor(parts: {
    readonly postgres: TestPostgres
    readonly databaseUrl: string
    readonly proxy: DatabaseProxy | undefined
    readonly folder: string
    readonly options: InstallationOptions
  }) {
    const { postgres, databaseUrl, proxy, folder, options } = parts
    this.postgres = postgres
    this.databaseUrl = databaseUrl
    this.proxy = proxy
    this.#folder = folder
    const variables = { RUN_IT_DATABASE_URL: proxy?.url ?? databaseUrl, RUN_IT_LEASE_MS: String(options.leaseMs) }
    const { slots, drainTimeoutMs } = options
    const drain = drainTimeoutMs === undefined ? [] : ['--drain-timeout-ms', String(drainTimeoutMs)]
    const start = (role: Member['role']) => () =>
      new KillableServer(folder, ['--role', role, '--slots', String(slots), ...drain], variables)
    const membersOf = (role: Member['role'], count: number) =>
      Array.from({ length: count }, () => new Member(role, start(role)))
    const [first, ...others] = [...membersOf('api', options.apis), ...membersOf('worker', options.workers)]
    assert.ok(first)
    this.members = [first, ...others]
    this.client = new RunItClient({
      baseUrl: anyServer,
      fetch: async (address, init) => fetch(String(address).replace(anyServer, this.#nextUrl()), init),
    })
  }

  static async start(options: InstallationOptions): Promise<Installation> {
    const postgres = await TestPostgres.start()
    const databaseUrl = await postgres.createDatabase()
    const folder = await mkdtemp(join(tmpdir(), 'run-it-fault-'))
    const proxy = options.isBehindProxy ? await DatabaseProxy.start(databaseUrl) : undefined
    const installation = new Installation({ postgres, databaseUrl, proxy, folder, options })
    try {
      await waitFor('all to be ready', () => installation.#isReady(options.workers), readyDeadlineMs)
      return installation
    } catch (error) {
      const logs = installation.members.map(({ server }) => server.log.slice(-500))
      await installation[Symbol.asyncDispose]()
      throw new Error(`they did not start:\n${logs.join('\n')}`, { cause: error })
    }
  }

  /** Of all processes that ever belonged to it. */
  get processIds(): readonly number[] {
    return this.members.flatMap(({ processIds }) => processIds)
  }

  /** No process has ended but those that were ended. */
  assertUnbroken(): void {
    const broken = this.members.flatMap(each => each.broken)
    assert.deepEqual(broken, [], 'processes ended by themselves')
  }

  /** Every run has ended, is counted so, and nothing of any is left in the queue. */
  async assertAtRest(runs: number): Promise<void> {
    const look = (text: string) => ask(this.databaseUrl, text)
    assert.deepEqual(await look('select state, count(*)::int as runs from runs group by state'), [
      { state: 'finished', runs },
    ])
    const counted = ['queued', 'preparing', 'running', 'finished'].map(state => `sum(${state})::int as ${state}`)
    const counts = await look(`select ${counted.join(', ')} from run_counts`)
    assert.deepEqual(counts, [{ queued: 0, preparing: 0, running: 0, finished: runs }])
    assert.deepEqual(
      await look("select id, state from run_it_jobs.job where state in ('created', 'retry', 'active')"),
      [],
    )
    assert.deepEqual(await look('select waiting::int, running::int from queue_groups'), [{ waiting: 0, running: 0 }])
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map(member => member.end('SIGTERM')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
    await this.proxy?.[Symbol.asyncDispose]()
    await this.postgres[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #nextUrl(): string {
    const urls = this.members.filter(({ role }) => role === 'api').flatMap(({ url }) => url ?? [])
    const url = urls[this.#turn++ % urls.length]
    if (url === undefined) throw new TypeError('no API server listens yet')
    return url
  }

  async #isReady(workers: number): Promise<boolean> {
    if (this.members.some(({ url }) => url === undefined)) return false
    const states = (await this.client.workers()).map(({ state }) => state)
    return states.length === workers && states.every(state => state === 'ready')
  }
}
