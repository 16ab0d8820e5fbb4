import {
  type DatabaseConnection,
  type Driver,
  type QueryCompiler,
  type SelectQueryNode,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  SqliteQueryCompiler,
} from 'kysely'
import type { AtOnce } from '../prepared.ts'
import type { NodeSqlite } from './node-sqlite.ts'

/** Kysely's SQLite, on one connection whose users take turns in the order in which they came. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: NodeSqlite

  constructor(database: NodeSqlite) {
    super({ database })
    this.#database = database
  }

  override createDriver(): Driver {
    return new TurnTakingDriver(this.#database)
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter(this.#database)
  }

  override createQueryCompiler(): QueryCompiler {
    return new LocklessCompiler()
  }
}

/** One connection, one transaction at a time: there are no rows to lock, and SQLite has no words for it. */
class LocklessCompiler extends SqliteQueryCompiler {
  protected override visitSelectQuery(node: SelectQueryNode): void {
    super.visitSelectQuery(node.endModifiers === undefined ? node : { ...node, endModifiers: undefined })
  }
}

class TransactionalAdapter extends SqliteAdapter implements AtOnce {
  readonly #database: NodeSqlite

  constructor(database: NodeSqlite) {
    super()
    this.#database = database
  }

  /** Kysely would lock the connection itself, but wakes all who wait each time: quadratic when a thousand do. */
  override get supportsMultipleConnections(): boolean {
    return true
  }

  get openTransaction(): object | undefined {
    return this.#database.openTransaction
  }

  executeAtOnce(sql: string, parameters: readonly unknown[]): readonly unknown[] {
    const statement = this.#database.prepare(sql)
    if (statement.reader) return statement.all(parameters)
    statement.run(parameters)
    return []
  }

  /** SQLite rolls its schema back like anything else, so a migration that is killed half-way leaves nothing. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class TurnTakingDriver extends SqliteDriver {
  readonly #database: NodeSqlite

  constructor(database: NodeSqlite) {
    super({ database })
    this.#database = database
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await this.#database.turns.take()
    return super.acquireConnection()
  }

  override async releaseConnection(): Promise<void> {
    this.#database.turns.pass()
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // A full disk makes SQLite roll back by itself; a second one would hide why.
    if (this.#database.isTransaction) await super.rollbackTransaction(connection)
  }
}
