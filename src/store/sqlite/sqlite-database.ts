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

export interface SqliteDatabaseOptions {
  /** Of a database with a file. */
  readonly directory?: string
  readonly commits: CommitSync
  readonly onClosed: () => void
}

/** One connection, on which transactions take turns. */
export class SqliteDatabase implements Database {
  readonly hints = new EmitterHints()
  readonly #sqlite: NodeSqlite
  readonly #commits: CommitSync
  readonly #kysely: Kysely<Tables>
  readonly #outside: Kysely<Tables>
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>()
  readonly #directory: string | undefined
  readonly #onClosed: () => void
  #installationId = ''
  #closing: Promise<void> | undefined

  private constructor(sqlite: NodeSqlite, options: SqliteDatabaseOptions) {
    this.#sqlite = sqlite
    this.#directory = options.directory
    this.#commits = options.commits
    this.#onClosed = options.onClosed
    this.#kysely = new Kysely<Tables>({ dialect: new NodeSqliteDialect(sqlite) })
    this.#outside = this.#kysely.withPlugin(new DurableReads(options.commits))
  }

  /** `sqlite` has the schema, and is closed with this; `onClosed` is called after it. */
  static async open(sqlite: NodeSqlite, options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
    const database = new SqliteDatabase(sqlite, options)
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
    const topics = new Set<HintTopic>()
    const hint = (topic: HintTopic) => void topics.add(topic)
    const { durable = true } = options
    const { result, onDisk } = await this.#kysely.connection().execute(async connection => {
      const made = await connection.transaction().execute(rows => this.#enter(rows, hint, work))
      // Before the connection passes on: whoever reads what this wrote waits for it too. In an object, or it would be awaited here.
      return { result: made, onDisk: this.#noteCommit(durable) }
    })
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
    this.#sqlite.openTransaction = rows
    try {
      return await this.#inside.run(mark, () => work({ rows, hint }))
    } finally {
      mark.open = false
      this.#sqlite.openTransaction = undefined
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
