import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasScope, type KeyScope } from '../run/key.ts'
import { readKeyText } from '../run/key-text.ts'
import { Problem } from '../run/problem.ts'
import type { ApiParts } from './api-parts.ts'
import type { Caller } from './caller.ts'

/** Whoever keeps the service alive, or reads how to use it, needs no key; nothing of an installation's is told there. */
const openAddresses = /^\/(health\/|docs(\/|$)|openapi\.json$)/
/** What a WebSocket that brings its key asks for, besides `webSocketProtocol`. */
const keyProtocol = 'run-it.key.'
const readingMethods: readonly string[] = ['GET', 'HEAD']

/**
 * Who asks, and whether he may. As long as no key was ever made the server listens on loopback alone, and whoever reaches it is its
 * operator. From the first key on every request needs one. The key is looked up each time: one that is revoked opens nothing more.
 */
export async function authenticate(
  parts: Pick<ApiParts, 'keys' | 'trusted'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Caller> {
  if (parts.trusted || !(await anyKey(parts, request))) return { kind: 'operator' }
  const scope = neededScope(request)
  if (scope === undefined) return { kind: 'nobody' }
  const text = keyTextOf(request)
  const secret = text === undefined ? undefined : readKeyText(text)
  const key = secret && (await parts.keys.open(secret))
  if (key === undefined) throw unauthorized(text, reply)
  if (!hasScope(key, scope)) {
    reply.header('www-authenticate', `Bearer realm="run-it", error="insufficient_scope", scope="${scope}"`)
    throw new Problem('forbidden', `The key has the scopes ${key.scopes.join(' and ')}; this needs ${scope}.`)
  }
  return { kind: 'key', key }
}

async function anyKey({ keys }: Pick<ApiParts, 'keys'>, { routeOptions }: FastifyRequest): Promise<boolean> {
  try {
    return await keys.exist()
  } catch (error) {
    // There it is asked whether the process lives, not the database: who hears no is going to restart us.
    if (routeOptions.url === '/health/live') return true
    throw error
  }
}

/** Undefined: open to all. What is not under `/v1` and not known to be open is for administrators. */
export function neededScope(request: Pick<FastifyRequest, 'is404' | 'routeOptions'>): KeyScope | undefined {
  const { url = '', method, config } = request.routeOptions
  // There is nothing at that address, for anybody.
  if (request.is404 || openAddresses.test(url)) return undefined
  if (config.scope !== undefined) return config.scope
  if (!url.startsWith('/v1/')) return 'admin'
  return [method].flat().every(name => readingMethods.includes(name)) ? 'read' : 'run'
}

function keyTextOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers
  if (authorization === undefined) return request.ws ? keyInProtocols(request) : undefined
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? ''
}

/** A browser lets a page set no other header of a WebSocket. */
function keyInProtocols(request: FastifyRequest): string | undefined {
  const protocols = request.headers['sec-websocket-protocol']?.split(',').map(name => name.trim())
  return protocols?.find(name => name.startsWith(keyProtocol))?.slice(keyProtocol.length)
}

function unauthorized(text: string | undefined, reply: FastifyReply): Problem {
  const isMissing = text === undefined
  reply.header('www-authenticate', `Bearer realm="run-it"${isMissing ? '' : ', error="invalid_token"'}`)
  if (isMissing) return new Problem('unauthorized', 'Send an API key: `Authorization: Bearer runit_…`.')
  const why =
    readKeyText(text) === undefined ? 'is not one: it is cut off or has a typing error' : 'is unknown or revoked'
  return new Problem('unauthorized', `The API key ${why}.`)
}
