import type { Limits } from './types.ts'

export type KeyScope = 'run' | 'read' | 'metrics' | 'admin'

/** The body of `POST /v1/keys`. */
export interface KeySubmission {
  name: string
  /** Default `run` and `read`. */
  scopes?: KeyScope[]
  /** Runs at the same time; further ones wait. */
  maxConcurrentRuns?: number
  /** Runs that it may submit in a minute. */
  runsPerMinute?: number
  /** Ceilings of its runs. */
  limits?: Partial<Limits>
  /** Environments that it may use: `python`, `go@1.19.*`. Default all. */
  environments?: string[]
  /** Pools that it may use. Default all. */
  pools?: string[]
  network?: boolean
}

/** An API key, without its secret. */
export interface Key {
  id: string
  name: string
  scopes: KeyScope[]
  maxConcurrentRuns?: number
  runsPerMinute?: number
  limits: Partial<Limits>
  environments?: string[]
  pools?: string[]
  network: boolean
  createdAt: string
  /** From then on it opens nothing. */
  revokedAt?: string
}

/** `secret` is what its holder sends. It is told once. */
export interface NewKey extends Key {
  secret: string
}

export interface KeyList {
  keys: Key[]
  /** Pass as `cursor` for the next page. */
  next?: string
}
