import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../run/problem.ts'

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

const digests = new WeakMap<FastifyRequest, string>()

/** SHA-256 of the body as it came, of a request with an `Idempotency-Key`; empty where there was no body. */
export function digestOfBody(request: FastifyRequest): string {
  return digests.get(request) ?? ''
}

/** The only body that is understood. Without Fastify's parser for `text/plain`, a form of a foreign web page cannot post. */
export function acceptOnlyJson(app: FastifyInstance): void {
  // Refuses `__proto__`, and `constructor` with a `prototype`, which could otherwise reach an object's prototype.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (request.headers['idempotency-key'] !== undefined) {
      digests.set(request, createHash('sha256').update(body).digest('base64url'))
    }
    let text: string
    try {
      text = strictUtf8.decode(body as Buffer)
    } catch {
      return done(new Problem('malformed-json', 'The body is not valid UTF-8.'))
    }
    return parseJson(request, text, (error, value) => {
      done(error === null ? null : malformed(text), value)
    })
  })
}

function malformed(text: string): Problem {
  if (text === '') {
    return new Problem('malformed-json', 'The body is empty.')
  }
  try {
    JSON.parse(text)
  } catch (error) {
    return new Problem('malformed-json', `The body is not JSON: ${shortened(String(error))}.`)
  }
  return new Problem('malformed-json', 'The body has a property named __proto__, or a constructor with a prototype.')
}

/** The parser quotes from the body; a client need not get all of it back. */
function shortened(message: string): string {
  return message.length > 200 ? `${message.slice(0, 200)}…` : message
}
