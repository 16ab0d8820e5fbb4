import { type DatabaseConnection, DefaultQueryExecutor, type Kysely, SqliteDriver, Transaction } from 'kysely'
import type { Tables } from '../tables.ts'
import type { NodeSqlite } from './node-sqlite.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'

/** Transactions on the one connection. What Kysely does around one of its own takes longer than what most of them do within. */
export class SqliteTransactions {
  readonly #sqlite: NodeSqlite
  readonly #kysely: Kysely<Tables>
  readonly #driver: SqliteDriver
  readonly #connection: DatabaseConnection
  readonly #dialect: NodeSqliteDialect

  private constructor(
    sqlite: NodeSqlite,
    parts: { readonly kysely: Kysely<Tables>; readonly driver: SqliteDriver; readonly connection: DatabaseConnection },
  ) {
    this.#sqlite = sqlite
    this.#kysely = parts.kysely
    this.#driver = parts.driver
    this.#connection = parts.connection
    this.#dialect = new NodeSqliteDialect(sqlite)
  }

  static async open(sqlite: NodeSqlite, kysely: Kysely<Tables>): Promise<SqliteTransactions> {
    // Without turns: whoever has a transaction has taken his.
    const driver = new SqliteDriver({ database: sqlite })
    await driver.init()
    return new SqliteTransactions(sqlite, { kysely, driver, connection: await driver.acquireConnection() })
  }

  /** Commits when `work` resolves, rolls back when it rejects. To be called by whoever has the turn. */
  async execute<Result>(work: (rows: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    const rows = this.#newRows()
    this.#sqlite.prepare('begin').run([])
    this.#sqlite.openTransaction = rows
    try {
      const result = await work(rows)
      this.#sqlite.prepare('commit').run([])
      return result
    } catch (error) {
      // A full disk makes SQLite roll back by itself; a second one would hide why.
      if (this.#sqlite.isTransaction) this.#sqlite.prepare('rollback').run([])
      throw error
    } finally {
      this.#sqlite.openTransaction = undefined
    }
  }

  /** Of one transaction, and good for nothing after it. */
  #newRows(): Transaction<Tables> {
    const provideConnection = async <Result>(consumer: (connection: DatabaseConnection) => Promise<Result>) => {
      if (this.#sqlite.openTransaction !== rows) throw new Error('The transaction was committed or rolled back already')
      return await consumer(this.#connection)
    }
    const { adapter } = this.#kysely.getExecutor()
    const executor = new DefaultQueryExecutor(this.#dialect.createQueryCompiler(), adapter, { provideConnection })
    const dialect = this.#dialect
    const rows = new Transaction<Tables>({ config: { dialect }, driver: this.#driver, dialect, executor })
    return rows
  }
}
