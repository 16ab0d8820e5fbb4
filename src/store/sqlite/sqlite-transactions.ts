import { type DatabaseConnection, type Driver, type Kysely, Transaction } from 'kysely'
import type { Tables } from '../tables.ts'
import type { NodeSqlite } from './node-sqlite.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'

/** Transactions on the one connection. What Kysely does around one of its own takes longer than what most of them do within. */
export class SqliteTransactions {
  readonly #sqlite: NodeSqlite
  readonly #kysely: Kysely<Tables>
  readonly #dialect: NodeSqliteDialect
  readonly #driver: Driver
  readonly #connection: DatabaseConnection

  private constructor(
    sqlite: NodeSqlite,
    parts: {
      readonly kysely: Kysely<Tables>
      readonly dialect: NodeSqliteDialect
      readonly driver: Driver
      readonly connection: DatabaseConnection
    },
  ) {
    this.#sqlite = sqlite
    this.#kysely = parts.kysely
    this.#dialect = parts.dialect
    this.#driver = parts.driver
    this.#connection = parts.connection
  }

  static async open(sqlite: NodeSqlite, kysely: Kysely<Tables>): Promise<SqliteTransactions> {
    const dialect = new NodeSqliteDialect(sqlite)
    const driver = dialect.createDriver()
    await driver.init()
    // There is one, and whoever has a transaction has taken his turn with it.
    const connection = await driver.acquireConnection()
    await driver.releaseConnection(connection)
    return new SqliteTransactions(sqlite, { kysely, dialect, driver, connection })
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
      await this.#driver.rollbackTransaction(this.#connection)
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
    const executor = this.#kysely.getExecutor().withConnectionProvider({ provideConnection })
    const dialect = this.#dialect
    const rows = new Transaction<Tables>({ config: { dialect }, driver: this.#driver, dialect, executor })
    return rows
  }
}
