import type { Kysely } from 'kysely'
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from 'kysely/migration'
import { StoreError } from '../store-error.ts'
import type { Tables } from '../tables.ts'

/**
 * Brings the schema to what this version knows. `migrations` by name, in the order of their names. `schema`: the name of ours, where
 * the database has several.
 */
export async function migrate(
  rows: Kysely<Tables>,
  migrations: Readonly<Record<string, Migration>>,
  schema?: string,
): Promise<void> {
  await refuseNewer(rows, new Set(Object.keys(migrations)), schema)
  const provider = { getMigrations: async () => ({ ...migrations }) }
  const migrator = new Migrator({ db: rows, provider, ...(schema && { migrationTableSchema: schema }) })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

async function refuseNewer(
  rows: Kysely<Tables>,
  known: ReadonlySet<string>,
  schema: string | undefined,
): Promise<void> {
  const tables = await rows.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(table => table.name === DEFAULT_MIGRATION_TABLE && table.schema === schema)) return
  const migrated = rows.withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
  const applied = await migrated.selectFrom(DEFAULT_MIGRATION_TABLE).select('name').execute()
  const unknown = applied.map(row => row.name).filter(name => !known.has(name))
  if (unknown.length === 0) return
  throw new StoreError(
    'newer-version',
    `The database was written by a newer version of run-it (it has ${unknown.join(', ')}). Use that version or a later one.`,
  )
}
