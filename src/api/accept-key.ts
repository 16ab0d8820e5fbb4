import { type ApiKey, newKeyId } from '../run/key.ts'
import { limitNames, minimumLimits } from '../run/limits.ts'
import { refuseIfAny } from './refuse.ts'
import type { KeySubmission } from './schema/key.ts'

/** A name and a pattern are printed on terminals. */
const plainText = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u
const patternText = /^[A-Za-z0-9.*+_-]+(@[A-Za-z0-9.*+_-]+)?$/

/** Turns a body that has the right shape into a key with every default filled in. */
export function acceptKey(submission: KeySubmission, createdAt: Date): ApiKey {
  const { name, limits = {}, environments = [] } = submission
  refuseIfAny('invalid-request', [
    ...(plainText.test(name) ? [] : [{ pointer: '/name', detail: 'must be text without control characters' }]),
    ...environments.flatMap((pattern, index) =>
      patternText.test(pattern)
        ? []
        : [{ pointer: `/environments/${index}`, detail: 'must be like `python`, `go@1.19.*` or `*`' }],
    ),
  ])
  const tooLow = limitNames.filter(limit => limits[limit] !== undefined && limits[limit] < minimumLimits[limit])
  refuseIfAny(
    'limit-out-of-range',
    tooLow.map(limit => ({
      pointer: `/limits/${limit}`,
      detail: `is ${limits[limit]}; it must be at least ${minimumLimits[limit]}`,
    })),
  )
  return {
    id: newKeyId(),
    name,
    scopes: [...new Set(submission.scopes ?? (['run', 'read'] as const))],
    maxConcurrentRuns: submission.maxConcurrentRuns,
    runsPerMinute: submission.runsPerMinute,
    limits,
    environments: submission.environments,
    pools: submission.pools && [...new Set(submission.pools)],
    network: submission.network ?? false,
    createdAt,
  }
}
