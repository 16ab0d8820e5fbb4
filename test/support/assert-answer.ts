import assert from 'node:assert/strict'
import type { Response } from 'light-my-request'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { schemaName } from '../../src/api/schema/reference.ts'
import { answerSchemas } from '../../src/api/schemas.ts'

const schemas = new Map<string, unknown>(answerSchemas.map(schema => [schemaName(schema), schema]))
const closed = new Map<string, ReturnType<typeof Compile>>()

/** Fails unless the value has exactly the shape of that name in the OpenAPI document: nothing missing, nothing more. */
export function assertShape(name: string, value: unknown): void {
  let validator = closed.get(name)
  if (validator === undefined) {
    validator = Compile(inlined(schemas.get(name)) as TSchema)
    closed.set(name, validator)
  }
  assert.deepEqual(validator.Errors(value), [])
}

/** Fails unless the reply is that problem; answers its body. */
export function assertProblem(reply: Response, status: number, code: string) {
  assert.equal(reply.statusCode, status, reply.body)
  assert.equal(reply.headers['content-type'], 'application/problem+json')
  const body = reply.json()
  assert.equal(body.code, code)
  assert.equal(body.status, status)
  assert.equal(body.type, `/problems/${code}`)
  return body as { detail: string; errors?: { pointer: string; detail: string }[] }
}

/** The schema without references, and with objects that allow no property more. */
function inlined(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(inlined)
  if (typeof node !== 'object' || node === null) return node
  if ('$ref' in node && typeof node.$ref === 'string') return inlined(schemas.get(node.$ref.slice(0, -1)))
  const entries = Object.entries(node).filter(([key]) => key !== '$id')
  const copy = Object.fromEntries(entries.map(([key, value]) => [key, inlined(value)]))
  return 'properties' in copy ? { ...copy, additionalProperties: false } : copy
}
