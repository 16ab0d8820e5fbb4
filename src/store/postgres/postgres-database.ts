import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { Kysely, sql } from 'kysely'
import type { Database, StoreTransaction } from '../database.ts'
import type { HintTopic } from '../hints.ts'
import type { Space } from '../space.ts'
import type { Tables } from '../tables.ts'
import { GatheredCounts } from './gathered-counts.ts'
import { MeasuredSpace } from './measured-space.ts'
import type { NotifyHints } from './notify-hints.ts'
import { PostgresDialectOf } from './postgres-dialect.ts'
import { translatePostgresError } from './postgres-error.ts'
import type { PostgresPool } from './postgres-pool.ts'
import { retryTransaction } from './retry-transaction.ts'

/** Any number that is ours alone. */
const turnLock = 1_383_297_654

/**
 * Many connections, on which transactions go on at the same time, with those of other processes. They read what is committed
 * (https://www.postgresql.org/docs/15/transaction-iso.html#XACT-READ-COMMITTED), so whoever changes what he read locks it first.
 * A commit is visible once it is on disk, so a read has nothing to wait for.
 */
export class PostgresDatabase implements Database {
  readonly hints: NotifyHints
  readonly isShared = true
  readonly #pool: PostgresPool
  readonly #kysely: Kysely<Tables>
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>()
  readonly #space = new MeasuredSpace(() => this.#kysely)
  #installationId = ''
  #closing: Promise<void> | undefined

  private constructor(pool: PostgresPool, hints: NotifyHints) {
    this.#pool = pool
    this.hints = hints
    this.#kysely = new Kysely<Tables>({ dialect: new PostgresDialectOf(pool) })
  }

  /** The schema is there. Both are closed with this. */
  static async open(pool: PostgresPool, hints: NotifyHints): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(pool, hints)
    await database.#identify(randomUUID())
    return database
  }

  get installationId(): string {
    return this.#installationId
  }

  get rows(): Kysely<Tables> {
    this.#refuseInside()
    return this.#kysely
  }

  /** Each is durable: a server that crashes is back in a moment, while we live on and count on what we wrote. */
  async transaction<Result>(work: (transaction: StoreTransaction) => Promise<Result>): Promise<Result> {
    this.#refuseInside()
    const { result, topics } = await retryTransaction(onCommit => this.#once(work, onCommit))
    for (const topic of topics) this.hints.publish(topic)
    return result
  }

  /** A commit that was to be durable has resolved when it is on disk. */
  async settled(): Promise<void> {}

  space(maxAgeMs?: number): Promise<Space> {
    return this.#space.read(maxAgeMs)
  }

  noteDeleted(bytes: number | undefined): void {
    this.#space.deleted(bytes)
  }

  /** PostgreSQL's own vacuum does. */
  async shrink(): Promise<void> {}

  close(): Promise<void> {
    this.#refuseInside()
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #once<Result>(
    work: (transaction: StoreTransaction) => Promise<Result>,
    onCommit: () => void,
  ): Promise<{ readonly result: Result; readonly topics: ReadonlySet<HintTopic> }> {
    const topics = new Set<HintTopic>()
    const counts = new GatheredCounts()
    const lastActs: (() => Promise<void>)[] = []
    const result = await this.#kysely.transaction().execute(async rows => {
      const made = await this.#enter(work, {
        rows,
        hint: topic => void topics.add(topic),
        takeTurn: async () => void (await sql`select pg_advisory_xact_lock(${turnLock})`.execute(rows)),
        beforeCommit: act => void lastActs.push(act),
        countLater: (shard, move) => counts.add(shard, move),
      })
      for (const act of lastActs) await act()
      await counts.write(rows)
      onCommit()
      return { made }
    })
    return { result: result.made, topics }
  }

  /** Marks everything that `work` does: a read beside the transaction would not see it, and could wait for a connection for ever. */
  async #enter<Result>(
    work: (transaction: StoreTransaction) => Promise<Result>,
    transaction: StoreTransaction,
  ): Promise<Result> {
    const mark = { open: true }
    try {
      return await this.#inside.run(mark, () => work(transaction))
    } finally {
      mark.open = false
    }
  }

  #refuseInside(): void {
    if (this.#inside.getStore()?.open) {
      throw new Error('Inside a transaction the database is used through it: anything else would not be a part of it')
    }
  }

  /** Reads it, or makes it where the database is new. */
  async #identify(candidate: string): Promise<void> {
    try {
      await this.#kysely
        .insertInto('meta')
        .values({ name: 'installation_id', value: candidate })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      const row = this.#kysely.selectFrom('meta').select('value').where('name', '=', 'installation_id')
      this.#installationId = (await row.executeTakeFirstOrThrow()).value
    } catch (error) {
      throw translatePostgresError(error)
    }
  }

  async #close(): Promise<void> {
    await this.hints.close()
    await this.#space.settled()
    await this.#kysely.destroy()
    await this.#pool.end()
  }
}
