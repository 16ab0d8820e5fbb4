import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import { acceptKey } from '../../src/api/accept-key.ts'
import type { KeySubmission } from '../../src/api/schema/key.ts'
import type { ApiKey } from '../../src/run/key.ts'
import { newKeyText } from '../../src/run/key-text.ts'
import type { KeyStore } from '../../src/store/key-store.ts'

export interface ExampleKey {
  readonly key: ApiKey
  readonly secret: string
  /** For a request that carries it. */
  readonly headers: { readonly authorization: string }
}

/** A key in the store. The first one must have the scope `admin`. */
export async function exampleKey(keys: KeyStore, submission: Partial<KeySubmission> = {}): Promise<ExampleKey> {
  const key = acceptKey({ name: 'example', ...submission }, new Date())
  const { text, hash } = newKeyText(key.id)
  assert.equal(await keys.create(key, hash), undefined)
  return { key, secret: text, headers: { authorization: `Bearer ${text}` } }
}

/** An administrator's key and two others. */
export async function exampleKeys(keys: KeyStore, submission: Partial<KeySubmission> = {}) {
  const admin = await exampleKey(keys, { name: 'admin', scopes: ['admin'] })
  const alice = await exampleKey(keys, { name: 'alice', ...submission })
  const bob = await exampleKey(keys, { name: 'bob' })
  return { admin, alice, bob }
}

/** Posts a run with a key and answers its id. */
export async function postAs(
  app: FastifyInstance,
  { headers }: Pick<ExampleKey, 'headers'>,
  body: object = { environment: 'python', source: 'print(1)' },
): Promise<string> {
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', headers, body })
  assert.equal(reply.statusCode, 202, reply.body)
  return reply.json().id
}
