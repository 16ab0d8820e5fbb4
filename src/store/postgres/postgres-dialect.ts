import {
  type DataTypeNode,
  type Driver,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  PostgresQueryCompiler,
  type QueryCompiler,
} from 'kysely'
import { translatePostgresError } from './postgres-error.ts'
import type { PostgresPool } from './postgres-pool.ts'

/** Kysely's PostgreSQL, for SQL that is written once for both databases. The pool's owner ends it. */
export class PostgresDialectOf extends PostgresDialect {
  readonly #config: PostgresDialectConfig

  constructor(pool: PostgresPool) {
    const config = { pool: { connect: () => pool.connect(), end: async () => {} } } as unknown as PostgresDialectConfig
    super(config)
    this.#config = config
  }

  override createDriver(): Driver {
    return new TranslatingDriver(this.#config)
  }

  override createQueryCompiler(): QueryCompiler {
    return new PortableCompiler()
  }
}

/** What goes wrong is told in our words, whoever asked. */
class TranslatingDriver extends PostgresDriver {
  readonly #seen = new WeakSet<object>()

  override async acquireConnection(
    ...options: Parameters<PostgresDriver['acquireConnection']>
  ): ReturnType<PostgresDriver['acquireConnection']> {
    const connection = await super.acquireConnection(...options)
    if (this.#seen.has(connection)) return connection
    this.#seen.add(connection)
    const execute = connection.executeQuery.bind(connection)
    connection.executeQuery = (...query) =>
      execute<never>(...query).catch(error => {
        throw translatePostgresError(error)
      })
    return connection
  }
}

/** What the migrations call by SQLite's names. Its integers have 64 bits, and what is compared with them may have as many. */
const dataTypes: Readonly<Record<string, string>> = { blob: 'bytea', integer: 'bigint' }

class PortableCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    this.append(dataTypes[node.dataType] ?? node.dataType)
  }

  /** PostgreSQL has no NUL in text, which SQLite has: nothing that is stored has one, and what is looked for with one is not found. */
  protected override appendValue(parameter: unknown): void {
    super.appendValue(typeof parameter === 'string' ? parameter.replaceAll('\0', '\ufffd') : parameter)
  }
}
