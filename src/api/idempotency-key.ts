import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../run/problem.ts'
import type { OnceRequest } from '../store/idempotency.ts'
import { digestOfBody } from './json-body.ts'

/** For the schema of a route that makes something. What is wrong with a key is said here, not by the schema. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description:
        'Any text of 1 to 255 visible ASCII characters. The same key and body have their effect once, within a day.',
    }),
  ),
})

/** A string as structured fields write it, RFC 8941; the key's own draft wants it so. */
const quotedString = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
const visible = /^[\x21-\x7e]{1,255}$/

/** What makes a request safe to repeat, from its `Idempotency-Key`; undefined where it has none. Throws `invalid-request`. */
export function onceRequest(request: FastifyRequest, at: Date): OnceRequest | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  const text = typeof header === 'string' ? header : ''
  // What begins with a quote is meant to be a quoted string.
  const key = text.startsWith('"') ? (quotedString.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? '') : text
  if (!visible.test(key)) {
    throw new Problem('invalid-request', 'Idempotency-Key must have 1 to 255 visible ASCII characters.')
  }
  const asked = `${request.method} ${request.url}\n${digestOfBody(request)}`
  const keyId = request.caller.kind === 'key' ? request.caller.key.id : ''
  return { keyId, digest: sha256(key), fingerprint: sha256(asked), at }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
