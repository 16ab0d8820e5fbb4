import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { Kysely, type Transaction } from 'kysely'
import type { Database, StoreTransaction, TransactionOptions } from '../database.ts'
import { EmitterHints } from '../emitter-hints.ts'
import type { HintTopic } from '../hints.ts'
import type { Space } from '../space.ts'
import type { Tables } from '../tables.ts'
import type { CommitSync } from './commit-sync.ts'
import { DurableReads } from './durable-reads.ts'
import type { NodeSqlite } from './node-sqlite.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { readSpace, shrinkFile } from './sqlite-space.ts'
import { SqliteTransactions } from './sqlite-transactions.ts'

export interface SqliteDatabaseOptions {
  /** Of a database with a file. */
  readonly directory?: string
  readonly commits: CommitSync
  readonly onClosed: () => void
}

/** One connection, on which transactions take turns. */
export class SqliteDatabase implements Database {
  readonly hints = new EmitterHints()
  readonly isShared = false
  readonly #sqlite: NodeSqlite
  readonly #commits: CommitSync
  readonly #kysely: Kysely<Tables>
  readonly #outside: Kysely<Tables>
  readonly #transactions: SqliteTransactions
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>()
  readonly #directory: string | undefined
  readonly #onClosed: () => void
  #installationId = ''
  #closing: Promise<void> | undefined

  private constructor(
    sqlite: NodeSqlite,
    options: SqliteDatabaseOptions,
    { kysely, transactions }: { readonly kysely: Kysely<Tables>; readonly transactions: SqliteTransactions },
  ) {
    this.#sqlite = sqlite
    this.#directory = options.directory
    this.#commits = options.commits
    this.#onClosed = options.onClosed
    this.#kysely = kysely
    this.#outside = kysely.withPlugin(new DurableReads(options.commits))
    this.#transactions = transactions
  }

  /** `sqlite` has the schema, and is closed with this; `onClosed` is called after it. */
  static async open(sqlite: NodeSqlite, options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
    const kysely = new Kysely<Tables>({ dialect: new NodeSqliteDialect(sqlite) })
    const transactions = await SqliteTransactions.open(sqlite, kysely)
    const database = new SqliteDatabase(sqlite, options, { kysely, transactions })
    await database.#identify(randomUUID())
    return database
  }

  get installationId(): string {
    return this.#installationId
  }

  get rows(): Kysely<Tables> {
    this.#refuseInside()
    return this.#outside
  }

  async transaction<Result>(
    work: (transaction: StoreTransaction) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    this.#refuseInside()
    if (this.#closing !== undefined) throw new Error('The database is closed')
    const topics = new Set<HintTopic>()
    const hint = (topic: HintTopic) => void topics.add(topic)
    const { durable = true } = options
    let result: Result
    let onDisk: Promise<void> | undefined
    await this.#sqlite.turns.take()
    try {
      result = await this.#transactions.execute(rows => this.#enter(rows, hint, work))
      // Before the connection passes on: whoever reads what this wrote waits for it too.
      onDisk = this.#noteCommit(durable)
    } finally {
      this.#sqlite.turns.pass()
    }
    // Whoever reads what they tell of waits for the disk, too; reading can be done meanwhile.
    for (const topic of topics) this.hints.publish(topic)
    if (durable === true) await onDisk
    return result
  }

  #noteCommit(durable: TransactionOptions['durable']): Promise<void> | undefined {
    if (durable === 'soon') return void this.#commits.commitSoon()
    return durable === false ? undefined : this.#commits.commit()
  }

  settled(): Promise<void> {
    return this.#commits.settled()
  }

  async space(): Promise<Space> {
    return readSpace(this.#sqlite, this.#directory)
  }

  async shrink(): Promise<void> {
    this.#refuseInside()
    await this.#kysely.connection().execute(async () => shrinkFile(this.#sqlite))
  }

  close(): Promise<void> {
    this.#refuseInside()
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Reads it, or makes it where the database is new. */
  async #identify(candidate: string): Promise<void> {
    await this.#outside
      .insertInto('meta')
      .values({ name: 'installation_id', value: candidate })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    const row = this.#kysely.selectFrom('meta').select('value').where('name', '=', 'installation_id')
    this.#installationId = (await row.executeTakeFirstOrThrow()).value
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

  async #close(): Promise<void> {
    // Its turn comes when all who came before are done.
    await this.#kysely.connection().execute(async () => {})
    await this.#commits.settled().catch(() => {})
    await this.#kysely.destroy()
    this.#sqlite.close()
    this.#onClosed()
  }
}
