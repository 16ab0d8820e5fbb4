import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, type Transaction } from 'kysely'
import type { Database, StoreTransaction, TransactionOptions } from '../database.ts'
import { EmitterHints } from '../emitter-hints.ts'
import type { HintTopic } from '../hints.ts'
import type { Space } from '../space.ts'
import type { Tables } from '../tables.ts'
import type { NodeSqlite } from './node-sqlite.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { readSpace, shrinkFile } from './sqlite-space.ts'

/** One connection, on which transactions take turns. */
export class SqliteDatabase implements Database {
  readonly hints = new EmitterHints()
  readonly #sqlite: NodeSqlite
  readonly #kysely: Kysely<Tables>
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>()
  readonly #directory: string | undefined
  readonly #onClosed: () => void
  #installationId = ''
  #closing: Promise<void> | undefined

  constructor(sqlite: NodeSqlite, options: { readonly directory?: string; readonly onClosed: () => void }) {
    this.#sqlite = sqlite
    this.#directory = options.directory
    this.#onClosed = options.onClosed
    this.#kysely = new Kysely<Tables>({ dialect: new NodeSqliteDialect(sqlite) })
  }

  get installationId(): string {
    return this.#installationId
  }

  /** Reads it, or makes it where the database is new. */
  async identify(candidate: string): Promise<void> {
    await this.#kysely
      .insertInto('meta')
      .values({ name: 'installation_id', value: candidate })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    const row = this.#kysely.selectFrom('meta').select('value').where('name', '=', 'installation_id')
    this.#installationId = (await row.executeTakeFirstOrThrow()).value
  }

  get rows(): Kysely<Tables> {
    this.#refuseInside()
    return this.#kysely
  }

  async transaction<Result>(
    work: (transaction: StoreTransaction) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    this.#refuseInside()
    const topics = new Set<HintTopic>()
    const hint = (topic: HintTopic) => void topics.add(topic)
    const { durable = true } = options
    const result = await this.#kysely.connection().execute(async connection => {
      const run = () => connection.transaction().execute(rows => this.#enter(rows, hint, work))
      return durable ? await run() : await this.#withoutSync(run)
    })
    for (const topic of topics) this.hints.publish(topic)
    return result
  }

  async space(): Promise<Space> {
    return readSpace(this.#sqlite, this.#directory)
  }

  async shrink(): Promise<void> {
    this.#refuseInside()
    await this.#kysely.connection().execute(() => this.#withoutSync(async () => shrinkFile(this.#sqlite)))
  }

  close(): Promise<void> {
    this.#refuseInside()
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Marks everything that `work` does, so that waiting for itself is an error instead of a standstill. */
  async #enter<Result>(
    rows: Transaction<Tables>,
    hint: (topic: HintTopic) => void,
    work: (transaction: StoreTransaction) => Promise<Result>,
  ): Promise<Result> {
    const mark = { open: true }
    try {
      return await this.#inside.run(mark, () => work({ rows, hint }))
    } finally {
      mark.open = false
    }
  }

  #refuseInside(): void {
    if (this.#inside.getStore()?.open) {
      throw new Error('Inside a transaction the database is used through it: anything else would wait for its end')
    }
  }

  /** To be called by the connection's holder. With a write-ahead log, `normal` leaves the sync to a later commit. */
  async #withoutSync<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#sqlite.exec('pragma synchronous = normal')
    try {
      return await work()
    } finally {
      this.#sqlite.exec('pragma synchronous = full')
    }
  }

  async #close(): Promise<void> {
    // Its turn comes when all who came before are done.
    await this.#kysely.connection().execute(async () => {})
    await this.#kysely.destroy()
    this.#sqlite.close()
    this.#onClosed()
  }
}
