import type { Kysely } from 'kysely'
import { DEFAULT_MIGRATION_TABLE } from 'kysely/migration'
import { StoreError } from '../store-error.ts'
import type { Tables } from '../tables.ts'
import { compareVersions, type Release } from './release.ts'

/** What a database says of its schema. */
export interface RecordedSchema {
  /** Names of migrations. */
  readonly applied: readonly string[]
  /** The newest version that migrated it. Undefined where it is new, or was made before versions were written down. */
  readonly version?: string
  readonly compatibleFrom?: string
}

const names = { version: 'schema_version', compatibleFrom: 'schema_compatible_from' } as const

/** `schema`: the name of ours, where the database has several. */
export async function readSchema(rows: Kysely<Tables>, schema: string | undefined): Promise<RecordedSchema> {
  const tables = await rows.introspection.getTables({ withInternalKyselyTables: true })
  const isThere = (name: string) => tables.some(table => table.name === name && table.schema === schema)
  if (!isThere(DEFAULT_MIGRATION_TABLE)) return { applied: [] }
  const migrated = rows.withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
  const found = await migrated.selectFrom(DEFAULT_MIGRATION_TABLE).select('name').execute()
  const applied = found.map(({ name }) => name)
  // The first migration makes it: one that was interrupted before has none.
  if (!isThere('meta')) return { applied }
  const written = await rows.selectFrom('meta').selectAll().where('name', 'in', Object.values(names)).execute()
  const value = (name: string) => written.find(row => row.name === name)?.value
  return { applied, version: value(names.version), compatibleFrom: value(names.compatibleFrom) }
}

/** Writes down what a release made of it. */
export async function writeSchema(
  rows: Kysely<Tables>,
  { version, compatibleFrom }: Pick<Release, 'version' | 'compatibleFrom'>,
): Promise<void> {
  const values = { [names.version]: version, [names.compatibleFrom]: compatibleFrom }
  for (const [name, value] of Object.entries(values)) {
    await rows
      .insertInto('meta')
      .values({ name, value })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
      .execute()
  }
}

/** Throws where programs of this release must not touch it. */
export function refuseIncompatible({ applied, version, compatibleFrom }: RecordedSchema, release: Release): void {
  if (version !== undefined && compatibleFrom !== undefined) {
    if (compareVersions(release.version, compatibleFrom) >= 0) return
    throw new StoreError(
      'newer-version',
      `The database is that of run-it ${version}, which works with run-it ${compatibleFrom} and later. ` +
        `This is run-it ${release.version}: use ${version}, or one between.`,
    )
  }
  const unknown = applied.filter(name => !(name in release.migrations))
  if (unknown.length === 0) return
  throw new StoreError(
    'newer-version',
    `The database was written by a newer version than run-it ${release.version} (it has ${unknown.join(', ')}). ` +
      'Use that version or a later one.',
  )
}
