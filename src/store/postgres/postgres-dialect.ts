import {
  type DataTypeNode,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  PostgresQueryCompiler,
  type QueryCompiler,
  sql,
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

  override createAdapter(): PostgresAdapter {
    return new TransactionalAdapter()
  }

  override createQueryCompiler(): QueryCompiler {
    return new PortableCompiler()
  }
}

/** Kysely's own number, so that whichever version comes meets the same lock. */
const migrationLock = '3853314791062309107'

/**
 * A migration's lock ends with its transaction. Kysely's own belongs to the session: it sets a patience of an hour for all that follows, and
 * giving it back where something failed fails as well, and hides what it was.
 */
class TransactionalAdapter extends PostgresAdapter {
  override async acquireMigrationLock(rows: Kysely<unknown>): Promise<void> {
    await sql`select pg_advisory_xact_lock(${sql.raw(migrationLock)})`.execute(rows)
  }

  override async releaseMigrationLock(): Promise<void> {}
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
    connection.executeQuery = (query, ...options) =>
      execute<never>({ ...query, parameters: query.parameters.map(storable) }, ...options).catch(error => {
        throw translatePostgresError(error)
      })
    return connection
  }
}

/** PostgreSQL has no NUL in text, which SQLite has: nothing that is stored has one, and what is looked for with one is not found. */
function storable(parameter: unknown): unknown {
  return typeof parameter === 'string' && parameter.includes('\0') ? parameter.replaceAll('\0', '\ufffd') : parameter
}

/** What the migrations call by SQLite's names. Its integers have 64 bits, and what is compared with them may have as many. */
const dataTypes: Readonly<Record<string, string>> = { blob: 'bytea', integer: 'bigint' }

class PortableCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    this.append(dataTypes[node.dataType] ?? node.dataType)
  }
}
