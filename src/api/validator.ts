import type { FastifySchemaCompiler } from 'fastify'
import { IsOptional, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Problem } from '../run/problem.ts'
import { refusal } from './refuse.ts'
import { schemaFaults } from './schema-faults.ts'

/**
 * Checks requests with TypeBox. Unlike Fastify's default it changes nothing: no coercion, no defaults, no dropped properties.
 * Only the whole numbers of a query string become numbers, because there they can be nothing but text.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  const inBody = httpPart === 'body'
  return (given: unknown) => {
    // Where there is no body, Fastify gives null.
    if (inBody && given === null && IsOptional(schema)) {
      return { value: given }
    }
    if (inBody && given === undefined) {
      return { error: new Problem('invalid-request', 'The request needs a JSON body.') }
    }
    const value = inBody ? given : withNumbers(schema, given)
    if (validator.Check(value)) {
      return { value }
    }
    const faults = schemaFaults(schema, validator.Errors(value))
    const errors = inBody ? faults : faults.map(fault => ({ ...fault, pointer: `?${fault.pointer.slice(1)}` }))
    return { error: refusal('invalid-request', errors) }
  }
}

function withNumbers(schema: TSchema, given: unknown): unknown {
  const { properties } = schema as { readonly properties?: Readonly<Record<string, { readonly type?: string }>> }
  if (properties === undefined || typeof given !== 'object' || given === null) {
    return given
  }
  const entries = Object.entries(given).map(([name, value]) => {
    const isNumber = properties[name]?.type === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value)
    return [name, isNumber ? Number(value) : value]
  })
  return Object.fromEntries(entries)
}
