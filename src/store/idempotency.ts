import { Problem } from '../run/problem.ts'
import type { Database, StoreTransaction } from './database.ts'

/** A request that has its effect once, however often it is sent. */
export interface OnceRequest {
  /** The API key that it came with, empty where it came with none: everybody has idempotency keys of his own. */
  readonly keyId: string
  /** Of the idempotency key: what a client wrote there is not kept. */
  readonly digest: string
  /** Of what was asked for. */
  readonly fingerprint: string
  readonly at: Date
}

/**
 * To be called first in the transaction that makes something: undefined when the request is the first with its idempotency key, which
 * from then on stands for `id`; else the id of what that first request made. A second request waits for the end of a first that
 * is still in its transaction. Throws the problem `idempotency-key-reused`.
 */
export async function madeBefore<Id extends string>(
  request: OnceRequest,
  id: Id,
  { rows }: StoreTransaction,
): Promise<Id | undefined> {
  const { keyId, digest, fingerprint, at } = request
  const inserted = await rows
    .insertInto('idempotency_keys')
    .values({ key_id: keyId, digest, fingerprint, resource_id: id, created_at: at.getTime() })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 1n) return undefined
  const first = await rows
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'resource_id'])
    .where('key_id', '=', keyId)
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow()
  if (first.fingerprint !== fingerprint) {
    throw new Problem('idempotency-key-reused', 'This Idempotency-Key was sent before, with another request.')
  }
  return first.resource_id as Id
}

/** For whoever finds that what the first request made is no more. */
export function idempotencyKeySpent(id: string): Problem {
  return new Problem(
    'idempotency-key-spent',
    `This Idempotency-Key was sent before, and made ${id}, which was deleted.`,
  )
}

/** Forgets idempotency keys that were first sent before `before`, the oldest first. Tells how many; `limit` means that there may be more. */
export async function forgetIdempotencyKeys(
  { before, limit }: { readonly before: Date; readonly limit: number },
  { rows }: Pick<Database, 'rows'>,
): Promise<number> {
  // One comparison with the age's own index; ties go together.
  const last = await rows
    .selectFrom('idempotency_keys')
    .select('created_at')
    .where('created_at', '<', before.getTime())
    .orderBy('created_at')
    .offset(limit - 1)
    .limit(1)
    .executeTakeFirst()
  const deleted = await rows
    .deleteFrom('idempotency_keys')
    .where('created_at', '<', last === undefined ? before.getTime() : last.created_at + 1)
    .executeTakeFirst()
  return Number(deleted.numDeletedRows)
}
