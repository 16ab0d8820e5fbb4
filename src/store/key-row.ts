import type { Insertable, Selectable } from 'kysely'
import type { ApiKey, KeyId } from '../run/key.ts'
import type { KeysTable } from './tables.ts'

export function keyRow(key: ApiKey, secretHash: string): Insertable<KeysTable> {
  return {
    id: key.id,
    name: key.name,
    secret_hash: secretHash,
    scopes: JSON.stringify(key.scopes),
    max_concurrent_runs: key.maxConcurrentRuns ?? null,
    runs_per_minute: key.runsPerMinute ?? null,
    limits: JSON.stringify(key.limits),
    environments: key.environments === undefined ? null : JSON.stringify(key.environments),
    pools: key.pools === undefined ? null : JSON.stringify(key.pools),
    network: Number(key.network),
    rate_full_at: 0,
    created_at: key.createdAt.getTime(),
    revoked_at: null,
  }
}

export function keyFromRow(row: Selectable<KeysTable>): ApiKey {
  return {
    id: row.id as KeyId,
    name: row.name,
    scopes: JSON.parse(row.scopes),
    maxConcurrentRuns: row.max_concurrent_runs ?? undefined,
    runsPerMinute: row.runs_per_minute ?? undefined,
    limits: JSON.parse(row.limits),
    environments: row.environments === null ? undefined : JSON.parse(row.environments),
    pools: row.pools === null ? undefined : JSON.parse(row.pools),
    network: row.network !== 0,
    createdAt: new Date(row.created_at),
    revokedAt: row.revoked_at === null ? undefined : new Date(row.revoked_at),
  }
}
