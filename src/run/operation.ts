import { ulid } from 'ulid'
import type { ImageProgress } from './event.ts'
import type { KeyId } from './key.ts'
import type { RunEnvironment } from './run.ts'

/** A ULID, as a run's id. */
export type OperationId = string & { readonly __brand: 'OperationId' }

/** Work of the installation's own that an administrator asks for and that takes long: so far, to make an image present. */
export interface Operation {
  readonly id: OperationId
  readonly kind: 'pull'
  /** As it was asked for: `go@1.16.3`. */
  readonly environment: string
  readonly state: OperationState
  /** When, and only when, it is finished. */
  readonly outcome?: OperationOutcome
  readonly keyId?: KeyId
  readonly createdAt: Date
  /** When the last attempt began. */
  readonly startedAt?: Date
  readonly finishedAt?: Date
}

export type OperationState = 'queued' | 'running' | 'finished'

export type OperationOutcome =
  /** The image is present, and this is what it is. */
  | { readonly kind: 'succeeded'; readonly environment: RunEnvironment }
  | {
      readonly kind: 'failed'
      readonly code: 'environment-unavailable' | 'platform-unavailable' | 'attempts-exhausted'
      readonly detail: string
    }

export type OperationEventBody =
  | { readonly type: 'state'; readonly state: Exclude<OperationState, 'finished'> }
  | { readonly type: 'progress'; readonly progress: ImageProgress }
  | { readonly type: 'finished' }

/** `sequence` counts up within the operation, from 1, without gaps. */
export type OperationEvent = OperationEventBody & { readonly sequence: number; readonly at: Date }

/** That wait or go on, of an installation: each is many megabytes. */
export const maxOpenOperations = 100

const operationIdPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

export function newOperationId(): OperationId {
  return ulid() as OperationId
}

export function isOperationId(text: string): text is OperationId {
  return operationIdPattern.test(text)
}
