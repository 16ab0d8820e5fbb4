import { type Kysely, sql } from 'kysely'
import { compareVersions, type Release } from '../migrations/release.ts'
import { StoreError } from '../store-error.ts'
import type { Tables } from '../tables.ts'

/** Each process has one connection of this name for as long as it lives. */
export function hintsNameOf({ version }: Pick<Release, 'version'>): string {
  return `run-it ${version} hints`
}

/**
 * Throws where a program that lives is too old for what a release makes of the tables. One that loses its connection in this very
 * moment is not seen, so who upgrades by more than one minor version stops all of them first.
 */
export async function refuseOlderProcesses(rows: Kysely<Tables>, release: Release): Promise<void> {
  const { rows: found } = await sql<{ name: string }>`
    select distinct application_name as name from pg_stat_activity
    where datname = current_database() and application_name like 'run-it % hints'`.execute(rows)
  const versions = found.flatMap(({ name }) => /^run-it (\d+\.\d+) hints$/.exec(name)?.[1] ?? [])
  const tooOld = versions.filter(version => compareVersions(version, release.compatibleFrom) < 0)
  if (tooOld.length === 0) return
  throw new StoreError(
    'in-use',
    `Processes of run-it ${tooOld.toSorted(compareVersions).join(' and ')} work with the database, and this is run-it ${release.version}, which ` +
      `works beside ${release.compatibleFrom} and later. Stop them first, or upgrade them to ${release.compatibleFrom}.`,
  )
}
