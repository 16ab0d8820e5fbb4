import type { ApiKey } from '../run/key.ts'
import type { KeyJson } from './schema/key.ts'

export function keyJson(key: ApiKey): KeyJson {
  return {
    id: key.id,
    name: key.name,
    scopes: [...key.scopes],
    maxConcurrentRuns: key.maxConcurrentRuns,
    runsPerMinute: key.runsPerMinute,
    limits: { ...key.limits },
    environments: key.environments && [...key.environments],
    pools: key.pools && [...key.pools],
    network: key.network,
    createdAt: key.createdAt.toISOString(),
    revokedAt: key.revokedAt?.toISOString(),
  }
}
