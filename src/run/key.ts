import { ulid } from 'ulid'
import type { Limits } from './limits.ts'

/** A ULID. No secret: it stands in lists, on runs and in logs. */
export type KeyId = string & { readonly __brand: 'KeyId' }

/**
 * What a key may be used for. `run`: submit, cancel and delete runs. `read`: look at runs, and at what the installation offers.
 * `metrics`: `/metrics` and nothing else. `admin`: everything, all runs and all keys.
 */
export const keyScopes = ['run', 'read', 'metrics', 'admin'] as const
export type KeyScope = (typeof keyScopes)[number]

/** What its maker chose; it never changes. */
export interface KeyGrant {
  /** For people. */
  readonly name: string
  readonly scopes: readonly KeyScope[]
  /** Runs at the same time; further ones wait. Absent: as many as there are slots. */
  readonly maxConcurrentRuns?: number
  /** Runs that it may submit in a minute. Absent: any number. */
  readonly runsPerMinute?: number
  /** Ceilings of its runs' limits, where they are lower than those of the installation. */
  readonly limits: Partial<Limits>
  /** Patterns of environments: `python`, `go@1.19.*`, `*`. Absent: all. */
  readonly environments?: readonly string[]
  /** Absent: all. */
  readonly pools?: readonly string[]
  /** Whether its runs may use the network, where the installation lets any. */
  readonly network: boolean
}

/** An API key, without its secret. */
export interface ApiKey extends KeyGrant {
  readonly id: KeyId
  readonly createdAt: Date
  /** From then on it opens nothing. It stays in the lists, because its runs name it. */
  readonly revokedAt?: Date
}

/** Whose a run is, and what that means for when it is taken. */
export type RunOwner = Pick<ApiKey, 'id' | 'maxConcurrentRuns' | 'runsPerMinute'>

const keyIdPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

export function newKeyId(): KeyId {
  return ulid() as KeyId
}

export function isKeyId(text: string): text is KeyId {
  return keyIdPattern.test(text)
}

export function hasScope(key: Pick<ApiKey, 'scopes'>, scope: KeyScope): boolean {
  return key.scopes.includes(scope) || key.scopes.includes('admin')
}
