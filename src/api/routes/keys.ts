import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { isKeyId } from '../../run/key.ts'
import { newKeyText } from '../../run/key-text.ts'
import { Problem } from '../../run/problem.ts'
import type { KeyConflict } from '../../store/key-store.ts'
import { acceptKey } from '../accept-key.ts'
import { bodyProblems, emptyAnswer, jsonAnswer, problemAnswers, writingProblems } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { keyJson } from '../key-json.ts'
import { refusal } from '../refuse.ts'
import {
  type KeyListJson,
  KeyListSchema,
  type KeySubmission,
  KeySubmissionSchema,
  NewKeySchema,
} from '../schema/key.ts'

const QuerySchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Keys of one page.' })),
    cursor: Type.Optional(Type.String({ description: 'The `next` of the page before.' })),
  },
  { additionalProperties: false },
)
type Query = Static<typeof QuerySchema>

const ParamsSchema = Type.Object({ id: Type.String({ description: 'The id of the key.' }) })
const config = { scope: 'admin' } as const

const conflicts: Readonly<Record<KeyConflict, string>> = {
  'first-needs-admin': 'The first key must have the scope admin: without it nobody could make or revoke others.',
  'last-admin': 'It is the last key with the scope admin: make another one first.',
  'too-many': 'There are as many keys as there can be.',
}

/** Keys are managed with a key of the scope `admin`; the first one is made while none is needed. */
export function keys(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Body: KeySubmission }>(
    '/v1/keys',
    {
      config,
      schema: {
        operationId: 'createKey',
        tags: ['keys'],
        summary: 'Make an API key',
        description: 'The answer is the only one that has its secret. The first key must have the scope `admin`.',
        body: KeySubmissionSchema,
        response: {
          201: jsonAnswer('The key, with its secret.', NewKeySchema),
          ...problemAnswers(...bodyProblems, 'limit-out-of-range', 'key-conflict'),
        },
      },
    },
    async (request, reply) => {
      const key = acceptKey(request.body, new Date())
      const { text, hash } = newKeyText(key.id)
      const conflict = await context.keys.create(key, hash)
      if (conflict !== undefined) throw new Problem('key-conflict', conflicts[conflict])
      return reply.code(201).send({ ...keyJson(key), secret: text })
    },
  )

  app.get<{ Querystring: Query }>(
    '/v1/keys',
    {
      config,
      schema: {
        operationId: 'listKeys',
        tags: ['keys'],
        summary: 'Keys, newest first',
        description: 'Those that were revoked included. Never their secrets.',
        querystring: QuerySchema,
        response: { 200: jsonAnswer('One page of keys.', KeyListSchema), ...problemAnswers('invalid-request') },
      },
    },
    async (request): Promise<KeyListJson> => {
      const { limit = 20, cursor } = request.query
      if (cursor !== undefined && !isKeyId(cursor)) {
        throw refusal('invalid-request', [{ pointer: '?cursor', detail: 'must be the next of another page' }])
      }
      const page = await context.keys.list({ limit, after: cursor })
      return { keys: page.keys.map(keyJson), next: page.next }
    },
  )

  app.delete<{ Params: Static<typeof ParamsSchema> }>(
    '/v1/keys/:id',
    {
      config,
      schema: {
        operationId: 'revokeKey',
        tags: ['keys'],
        summary: 'Revoke a key',
        description: 'At once, and for ever; requests that wait with it end. Its runs go on. May be repeated.',
        params: ParamsSchema,
        response: {
          204: emptyAnswer('It opens nothing any more.'),
          ...problemAnswers('key-not-found', 'key-conflict', ...writingProblems),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const done = isKeyId(id) ? await context.keys.revoke(id, new Date()) : undefined
      if (done === undefined) {
        throw new Problem('key-not-found', `There is no key ${JSON.stringify(id.slice(0, 60))}.`)
      }
      if (done !== 'revoked') throw new Problem('key-conflict', conflicts[done])
      return reply.code(204).send()
    },
  )
}
