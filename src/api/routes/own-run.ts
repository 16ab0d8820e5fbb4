import type { RunId } from '../../run/id.ts'
import type { KeyId } from '../../run/key.ts'
import type { RunState } from '../../run/run.ts'
import type { RouteContext } from '../api-parts.ts'
import { type Caller, maySee } from '../caller.ts'
import { type RunParams, runIdOf, runNotFound } from './run-address.ts'

/** A run that is there, and that whoever asks may know of. */
export interface OwnRun {
  readonly id: RunId
  readonly state: RunState
  /** The key that submitted it. */
  readonly keyId: KeyId | undefined
}

/**
 * The run of a route whose address has `:id`. Every such route asks here first, so that one place decides who may see a run.
 * Throws `run-not-found`, the same for a run that is not there and for one that is not the caller's.
 */
export async function ownRun(
  context: Pick<RouteContext, 'runs'>,
  request: { readonly params: RunParams; readonly caller: Caller },
): Promise<OwnRun> {
  const id = runIdOf(request.params)
  const head = await context.runs.headOf(id)
  if (head === undefined || !maySee(request.caller, head.keyId)) {
    throw runNotFound(id)
  }
  return { id, state: head.state, keyId: head.keyId }
}
