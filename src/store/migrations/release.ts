import type { Migration } from 'kysely/migration'

/** A migration. It adds; what may take away is told in `CONTRIBUTING.md`, and `test/integration/additive-migrations.test.ts` holds it to that. */
export interface SchemaMigration extends Migration {
  /** Of one that takes something away: the last minor version whose programs needed that. */
  readonly lastNeededBy?: string
}

/** A minor version of run-it, as far as the rows are concerned. */
export interface Release {
  /** Such as `0.1`. */
  readonly version: string
  /** The oldest version whose programs may work with rows that this one migrated: the minor version before it, or itself. */
  readonly compatibleFrom: string
  /** All of them, by name. */
  readonly migrations: Readonly<Record<string, SchemaMigration>>
}

/** What this program is. Both are raised with the minor version in `package.json`. */
export const thisVersion = { version: '0.1', compatibleFrom: '0.1' } as const

/** Negative, zero or positive, as a sort has it. */
export function compareVersions(one: string, other: string): number {
  const [oneMajor = 0, oneMinor = 0] = one.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number)
  return oneMajor - otherMajor || oneMinor - otherMinor
}
