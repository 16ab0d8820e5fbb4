import type { ApiKey, KeyId, KeyScope } from '../run/key.ts'
import { hasScope } from '../run/key.ts'

/**
 * Who asks. An `operator` reaches a server that has no keys yet, or holds its data directory: he may do everything. `nobody` asks
 * for what is open to all, and has shown no key.
 */
export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'key'; readonly key: ApiKey }
  | { readonly kind: 'nobody' }

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before anything else happens, see `authenticate.ts`. */
    caller: Caller
  }
  interface FastifyContextConfig {
    /** What a key must be allowed for this route; without it the method decides, see `neededScope`. */
    readonly scope?: KeyScope
  }
}

/** Runs without an owner were made before there were keys: they are the administrators'. */
export function maySee(caller: Caller, owner: KeyId | undefined): boolean {
  return seesAll(caller) || (caller.kind === 'key' && caller.key.id === owner)
}

/** Whoever may only read may look on as well. */
export function mayRun(caller: Caller): boolean {
  return caller.kind === 'operator' || (caller.kind === 'key' && hasScope(caller.key, 'run'))
}

export function seesAll(caller: Caller): boolean {
  return caller.kind === 'operator' || (caller.kind === 'key' && hasScope(caller.key, 'admin'))
}

/** The key whose runs are all that the caller may see; undefined if he may see all. */
export function onlyOwner(caller: Caller): KeyId | undefined {
  return caller.kind === 'key' && !seesAll(caller) ? caller.key.id : undefined
}
