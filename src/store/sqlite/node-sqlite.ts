import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { translateSqliteError } from './sqlite-error.ts'
import { Turns } from './turns.ts'

/** More than the program has; a bound in case some SQL is ever made of data. */
const maxCachedStatements = 256

/** `node:sqlite` in the shape that Kysely expects, with prepared statements kept. */
export class NodeSqlite implements SqliteDatabase {
  /** Of the one connection: who has it says so. */
  openTransaction: object | undefined
  readonly turns = new Turns()
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, NodeSqliteStatement>()

  constructor(file: string, options: { readonly busyTimeoutMs: number }) {
    this.#database = translating(() => new DatabaseSync(file, { timeout: options.busyTimeoutMs }))
  }

  get isTransaction(): boolean {
    return this.#database.isTransaction
  }

  exec(sql: string): void {
    translating(() => this.#database.exec(sql))
  }

  prepare(sql: string): SqliteStatement {
    const cached = this.#statements.get(sql)
    if (cached !== undefined) return cached
    const statement = new NodeSqliteStatement(translating(() => this.#database.prepare(sql)))
    if (this.#statements.size >= maxCachedStatements) this.#statements.clear()
    this.#statements.set(sql, statement)
    return statement
  }

  /** Copies the whole write-ahead log into the database. Throws when somebody is in its way, or a transaction is open. */
  checkpoint(): void {
    const [result] = translating(() => this.#database.prepare('pragma wal_checkpoint(truncate)').all())
    if (result?.busy !== 0) throw new Error('The write-ahead log could not be copied into the database')
  }

  close(): void {
    this.#statements.clear()
    if (this.#database.isOpen) this.#database.close()
  }
}

class NodeSqliteStatement implements SqliteStatement {
  readonly reader: boolean
  readonly #statement: StatementSync

  constructor(statement: StatementSync) {
    this.#statement = statement
    this.reader = statement.columns().length > 0
  }

  all(parameters: readonly unknown[]): unknown[] {
    return translating(() => this.#statement.all(...bindable(parameters)))
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return translating(() => this.#statement.run(...bindable(parameters)))
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return translating(() => this.#statement.iterate(...bindable(parameters)))
  }
}

/** `node:sqlite` itself refuses what it cannot bind, by name of the type. */
function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[]
}

function translating<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw translateSqliteError(error)
  }
}
