import type { ImageProgress } from './types.ts'

/** Work of the installation that takes long: so far, to make an environment's image present. */
export interface Operation {
  id: string
  kind: 'pull'
  /** As it was asked for. */
  environment: string
  state: 'queued' | 'running' | 'finished'
  /** Present when, and only when, it is finished. */
  outcome?:
    | { kind: 'succeeded'; environment: { name: string; version: string; digest: string } }
    | {
        kind: 'failed'
        code: 'environment-unavailable' | 'platform-unavailable' | 'attempts-exhausted'
        detail: string
      }
  keyId?: string
  createdAt: string
  startedAt?: string
  finishedAt?: string
}

/** One server-sent event of an operation. */
export type OperationEvent = { sequence: number; at: string } & (
  | { type: 'state'; state: 'queued' | 'running' }
  | { type: 'progress'; progress: ImageProgress }
  | { type: 'finished'; operation: Operation }
)
