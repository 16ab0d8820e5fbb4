import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Tables } from '../tables.ts'
import { readSchema, refuseIncompatible, writeSchema } from './recorded-schema.ts'
import { compareVersions, type Release } from './release.ts'

export interface MigrateOptions {
  readonly release: Release
  /** The name of ours, where the database has several. */
  readonly schema?: string
  /**
   * Called before anything changes, in its transaction. `shutsOut`: programs that could work with the schema so far cannot from then on.
   * Where it throws, nothing changes.
   */
  readonly beforeChange?: (rows: Kysely<Tables>, change: { readonly shutsOut: boolean }) => Promise<void>
}

/** The name by which Kysely's adapters know it; where the lock is one of the server's it has no table. */
const lockOptions = { lockTable: 'kysely_migration_lock', lockRowId: 'migration_lock' }

/**
 * Brings the schema to what a release knows, and writes down which one that was and who may still work with it. Where a newer one
 * did so before and this release may work with it all the same, nothing changes. Of several processes one does it, and the others wait.
 */
export async function migrate(rows: Kysely<Tables>, options: MigrateOptions): Promise<void> {
  const { adapter } = rows.getExecutor()
  if (!adapter.supportsTransactionalDdl) return await bringUp(rows, options)
  await rows.transaction().execute(async transaction => {
    // Kysely's own, which it takes too late: what is decided by what is read here must hold until the end.
    await adapter.acquireMigrationLock(transaction, { ...lockOptions, lockTableSchema: options.schema })
    await bringUp(transaction, options)
  })
}

async function bringUp(rows: Kysely<Tables>, options: MigrateOptions): Promise<void> {
  const { release, schema } = options
  const recorded = await readSchema(rows, schema)
  refuseIncompatible(recorded, release)
  const { version = release.version, compatibleFrom = release.compatibleFrom, applied } = recorded
  if (compareVersions(version, release.version) > 0) return
  const shutsOut = compareVersions(compatibleFrom, release.compatibleFrom) < 0
  const written = { version: release.version, compatibleFrom: shutsOut ? release.compatibleFrom : compatibleFrom }
  const isWritten = recorded.version === written.version && recorded.compatibleFrom === written.compatibleFrom
  if (isWritten && Object.keys(release.migrations).every(name => applied.includes(name))) return
  await options.beforeChange?.(rows, { shutsOut })
  await applyAll(rows, knowing(applied, release), schema)
  if (!isWritten) await writeSchema(rows, written)
}

async function applyAll(
  rows: Kysely<Tables>,
  migrations: Record<string, Migration>,
  schema: string | undefined,
): Promise<void> {
  const migrator = new Migrator({
    db: rows,
    provider: { getMigrations: async () => migrations },
    // One of another branch of the same version may have come first. They add, so their order is of no matter.
    allowUnorderedMigrations: true,
    ...(schema && { migrationTableSchema: schema }),
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

/** The release's migrations, and the names of those that it does not know but may work with: Kysely wants to know of all. */
function knowing(applied: readonly string[], { migrations }: Release): Record<string, Migration> {
  const nothing: Migration = { up: async () => {} }
  return { ...Object.fromEntries(applied.map(name => [name, nothing])), ...migrations }
}
