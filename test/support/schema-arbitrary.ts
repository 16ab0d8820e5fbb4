import fc from 'fast-check'

/** As much of JSON Schema as the API's document uses. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
}

export interface ArbitraryOptions {
  /** Values for properties of this name, which a schema cannot know. */
  readonly words: Readonly<Record<string, readonly string[]>>
  /** How many of a hundred nodes are something else than the schema wants; 0 for none. */
  readonly faultsPerHundred: number
}

/** Deeper than any shape of ours. */
const maxItems = 4

/** How many of the properties that need not be there are. */
const optionalOneIn = 6

const hostile: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  -(2 ** 31),
  '',
  '\0',
  '\ud800',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  "'; drop table runs; --",
  '%00',
  '\u202e\u0007\r\n',
  'x'.repeat(5_000),
  {},
  [],
  [[[[[[[[[[]]]]]]]]]],
  { toString: 1, hasOwnProperty: 2 },
  Array.from({ length: 2_000 }, () => 0),
]

/** Values that a schema allows, or nearly. */
export function schemaArbitrary(schema: JsonSchema, options: ArbitraryOptions, name = ''): fc.Arbitrary<unknown> {
  const proper = properArbitrary(schema, options, name)
  const { faultsPerHundred } = options
  if (faultsPerHundred === 0) return proper
  return fc.oneof(
    { arbitrary: proper, weight: 100 - faultsPerHundred },
    { arbitrary: fc.constantFrom(...hostile), weight: faultsPerHundred },
  )
}

function properArbitrary(schema: JsonSchema, options: ArbitraryOptions, name: string): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(one => schemaArbitrary(one, options, name)))
  switch (schema.type) {
    case 'string':
      return stringArbitrary(options.words[name])
    case 'integer':
    case 'number':
      return integerArbitrary(schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(schemaArbitrary(schema.items ?? {}, options, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? maxItems, maxItems),
      })
    case 'object':
      return objectArbitrary(schema, options)
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

function stringArbitrary(words: readonly string[] | undefined): fc.Arbitrary<string> {
  const any = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 }))
  return words === undefined
    ? any
    : fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 9 }, { arbitrary: any, weight: 1 })
}

/** Where nothing is said, the numbers that limits have. */
function integerArbitrary({ minimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  if (minimum !== undefined || maximum !== undefined) {
    const [min, max] = [minimum ?? -1000, maximum ?? 2 ** 31]
    return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }))
  }
  return fc.oneof(fc.constantFrom(1, 2, 64, 1_000, 10_000, 16 * 1024 ** 2, 64 * 1024 ** 2), fc.integer())
}

function objectArbitrary(schema: JsonSchema, options: ArbitraryOptions): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema
  const entries = Object.entries(properties).map(([key, value]) => [key, schemaArbitrary(value, options, key)] as const)
  const requiredKeys = [...required]
  // Few at a time: each of them is something more to be refused for.
  const record = fc
    .tuple(fc.record(Object.fromEntries(entries)), fc.infiniteStream(fc.nat(optionalOneIn - 1)))
    .map(([all, chances]) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => required.includes(key) || chances.next().value === 0)),
    )
  const isFaulty = fc.nat(99).map(percent => percent < options.faultsPerHundred)
  const known = fc.tuple(record, isFaulty, fc.constantFrom('sorce', '__proto', '', requiredKeys[0] ?? 'x')).map(
    // One property too many, or one that is missing.
    ([value, faulty, key]) => (faulty ? withoutOrWith(value, key) : value),
  )
  if (typeof additionalProperties !== 'object') return known
  const others = fc.dictionary(
    fc.oneof(fc.constantFrom('A', 'b_1', 'team'), fc.string({ maxLength: 8 })),
    schemaArbitrary(additionalProperties, options),
    { maxKeys: 3 },
  )
  return fc.tuple(known, others).map(([one, more]) => ({ ...more, ...(one as object) }))
}

function withoutOrWith(value: object, key: string): object {
  const { [key as never]: removed, ...rest } = value
  return removed === undefined ? { ...value, [key]: 1 } : rest
}
