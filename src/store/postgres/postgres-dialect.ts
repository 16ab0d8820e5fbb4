import {
  type DataTypeNode,
  PostgresDialect,
  type PostgresPoolClient,
  PostgresQueryCompiler,
  type QueryCompiler,
} from 'kysely'
import type { PostgresPool } from './postgres-pool.ts'

/** Kysely's PostgreSQL, for SQL that is written once for both databases. The pool's owner ends it. */
export class PostgresDialectOf extends PostgresDialect {
  constructor(pool: PostgresPool) {
    super({ pool: { connect: () => pool.connect() as Promise<PostgresPoolClient>, end: async () => {} } as never })
  }

  override createQueryCompiler(): QueryCompiler {
    return new PortableCompiler()
  }
}

class PortableCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    if (node.dataType === 'blob') this.append('bytea')
    else super.visitDataType(node)
  }

  /** PostgreSQL has no NUL in text, which SQLite has: nothing that is stored has one, and what is looked for with one is not found. */
  protected override appendValue(parameter: unknown): void {
    super.appendValue(typeof parameter === 'string' ? parameter.replaceAll('\0', '\ufffd') : parameter)
  }
}
