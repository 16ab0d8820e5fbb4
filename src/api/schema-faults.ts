import type { TSchema } from 'typebox'
import type { TLocalizedValidationError } from 'typebox/error'
import { nearestWords } from '../environment/nearest.ts'
import type { ProblemError } from '../run/problem.ts'

/** Enough to mend a request by; a hostile one could have thousands. */

const maxFaults = 10
const maxNameCharacters = 100

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly description?: string
}

/** What is wrong with a value, in our words: one entry for each place, an unknown property with the nearest known one. */
export function schemaFaults(schema: TSchema, errors: readonly TLocalizedValidationError[]): readonly ProblemError[] {
  const faults = new Map<string, string>()
  for (const error of errors) {
    for (const fault of translate(schema as SchemaNode, error)) {
      if (!faults.has(fault.pointer) && faults.size < maxFaults) {
        faults.set(fault.pointer, fault.detail)
      }
    }
  }
  return [...faults].map(([pointer, detail]) => ({ pointer, detail }))
}

function translate(schema: SchemaNode, error: TLocalizedValidationError): readonly ProblemError[] {
  const union = error.schemaPath.indexOf('/anyOf')
  if (union >= 0 || error.keyword === 'anyOf') {
    const path = union >= 0 ? error.schemaPath.slice(0, union) : error.schemaPath
    return [unionFault(schema, error.instancePath, path)]
  }
  switch (error.keyword) {
    case 'boolean':
      return [unknownProperty(schema, error.instancePath)]
    case 'additionalProperties':
      return error.params.additionalProperties.map(name =>
        unknownProperty(schema, `${error.instancePath}/${escapePointer(name)}`),
      )
    case 'required':
      return error.params.requiredProperties.map(name => ({
        pointer: `${error.instancePath}/${escapePointer(name)}`,
        detail: 'is required',
      }))
    case 'enum':
      return [
        { pointer: error.instancePath, detail: `must be one of ${error.params.allowedValues.map(String).join(', ')}` },
      ]
    default:
      return [{ pointer: error.instancePath, detail: error.message }]
  }
}

/** The branches of a union complain one by one; its description says what it wants. */
function unionFault(schema: SchemaNode, instancePath: string, schemaPath: string): ProblemError {
  const names = schemaPath
    .split('/')
    .slice(1)
    .filter(name => name !== 'properties')
  const pointer = instancePath
    .split('/')
    .slice(0, names.length + 1)
    .join('/')
  return { pointer, detail: nodeAt(schema, pointer)?.description ?? 'has the wrong shape' }
}

function unknownProperty(schema: SchemaNode, pointer: string): ProblemError {
  const end = pointer.lastIndexOf('/')
  const name = pointer
    .slice(end + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
  const known = Object.keys(nodeAt(schema, pointer.slice(0, end))?.properties ?? {})
  const [closest] = nearestWords(name.slice(0, maxNameCharacters), known, 1)
  const hint = closest === undefined ? `known are ${known.join(', ')}` : `did you mean ${JSON.stringify(closest)}?`
  return { pointer: shortened(pointer), detail: `is unknown; ${hint}` }
}

function nodeAt(schema: SchemaNode, pointer: string): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema
  for (const part of pointer.split('/').slice(1)) {
    node = node?.items ?? node?.properties?.[part]
  }
  return node
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function shortened(pointer: string): string {
  return pointer.length > 2 * maxNameCharacters ? `${pointer.slice(0, 2 * maxNameCharacters)}…` : pointer
}
