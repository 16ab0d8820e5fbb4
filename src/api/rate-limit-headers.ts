import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiParts } from './api-parts.ts'

/**
 * `RateLimit-Policy` and `RateLimit` of the IETF's draft (draft-ietf-httpapi-ratelimit-headers): how many runs the key may submit in a
 * minute, how many of them are left, and in how many seconds it has all of them again.
 */
export async function addRateLimitHeaders(
  parts: Pick<ApiParts, 'keys'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { caller } = request
  if (caller?.kind !== 'key' || caller.key.runsPerMinute === undefined) return
  const state = await parts.keys.rateOf(caller.key, new Date())
  if (state === undefined) return
  reply.header('ratelimit-policy', `"runs";q=${caller.key.runsPerMinute};w=60`)
  reply.header('ratelimit', `"runs";r=${state.remaining};t=${state.resetSeconds}`)
}
