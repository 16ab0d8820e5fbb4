import fc from 'fast-check'
import type { Operation } from './open-api.ts'
import type { RawRequest } from './raw-request.ts'
import { type ArbitraryOptions, type JsonSchema, schemaArbitrary } from './schema-arbitrary.ts'

/** What a schema cannot know: words with which a request has a chance to be accepted. Programs are scripts of the fake platform. */
const words: ArbitraryOptions['words'] = {
  environment: ['python', 'bash', 'go@1.19.8', 'py', 'python@^3', 'javascript', 'c'],
  source: ['print hi', 'exit 3', 'sleep 20', 'flood 5000', 'allocate', 'spin', 'nonsense', 'save out.txt hi'],
  content: ['print hi', 'aGk=', ''],
  path: ['main.py', 'a/b', 'x.sh'],
  main: ['main.py'],
  artifacts: ['*.txt', 'out/**'],
  name: ['python', 'shop', 'go'],
  label: ['team:x', 'a=b'],
  environments: ['python', 'go@*'],
  limit: ['1', '20', '100'],
}

/** Bodies that are right for sure, by what the schema knows: without them hardly a run would come to be. */
const programs = [
  { environment: 'python', source: 'save out.txt hi', artifacts: ['*.txt'] },
  { environment: 'python', files: [{ path: 'main.py', content: 'print hi' }], labels: { team: 'x' } },
  { environment: 'bash', source: 'exit 3', priority: 5 },
]

const headers: Readonly<Record<string, readonly string[]>> = {
  prefer: ['wait=1', 'wait=0', 'wait=-1', 'wait=x', 'respond-async, wait="1"', ',,,'],
  'last-event-id': ['0', '1', '3', '-1', 'x', '9'.repeat(30), ''],
  'idempotency-key': ['a', 'b', '"c"', '', '"', 'x'.repeat(300)],
  'content-type': ['text/plain', 'application/json; charset=utf-8', 'application/json;', 'x', ''],
  accept: ['text/html', '*/*', 'nonsense'],
  origin: ['https://elsewhere.example', 'null'],
  'sec-fetch-site': ['cross-site', 'none'],
  range: ['bytes=0-0', 'bytes=9-1', 'x'],
  'if-none-match': ['*', '"x"'],
  host: ['localhost', 'elsewhere.example', '127.0.0.1:1', 'a b'],
  'x-forwarded-for': ['127.0.0.1', 'x'.repeat(4_000)],
  connection: ['upgrade', 'close'],
  upgrade: ['websocket', 'h2c'],
}

/** What can be learned on the way, and be used again: ids of what was made. */
export interface Pool {
  /** With what a request is let in; and with what it is not. */
  readonly authorizations: readonly string[]
  idsFor(path: string): readonly string[]
}

/** A request of one of the operations: right, nearly right, or hardly. Ids are picked by number when it is sent. */
export interface FuzzedRequest {
  readonly operation: Operation
  make(pool: Pool): RawRequest
}

export function requestArbitrary(operations: readonly Operation[]): fc.Arbitrary<FuzzedRequest> {
  return fc.oneof(...operations.map(operationArbitrary))
}

function operationArbitrary(operation: Operation): fc.Arbitrary<FuzzedRequest> {
  const parameters = operation.parameters ?? []
  const ofKind = (kind: string) => parameters.filter(parameter => parameter.in === kind)
  const properties = Object.fromEntries(ofKind('query').map(({ name, schema }) => [name, schema]))
  const query = nearly({ type: 'object', properties }, '', 5).map(value => Object(value))
  const oddQuery = fc.constantFrom(
    ...Array.from({ length: 40 }, () => ''),
    'x=1',
    'limit=1&limit=2',
    '%',
    'label=%ff',
    '[]=',
    'cursor=',
  )
  const odd = fc.record(
    Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, fc.constantFrom(...values)])),
    { requiredKeys: [] },
  )
  // All at once would hide one behind another.
  const someOdd = fc.tuple(odd, fc.infiniteStream(fc.nat(11))).map(([all, chances]) => {
    const some = Object.entries(all).filter(() => chances.next().value === 0)
    return Object.fromEntries(some) as Record<string, string>
  })
  const pathWords = fc.oneof(
    { arbitrary: fc.nat(1_000_000), weight: 8 },
    {
      arbitrary: fc.constantFrom('x', '', '..', '%2e%2e%2f', '%00', '%', '%ff', 'é', 'a'.repeat(300), '0'.repeat(26)),
      weight: 2,
    },
  )
  return fc
    .record({ path: pathWords, query, oddQuery, someOdd, body: bodyArbitrary(operation), caller: fc.nat(1_000) })
    .map(parts => ({
      operation,
      make: (pool: Pool) => build(operation, parts, pool),
      // What it sends is told by whoever sends it.
      [fc.toStringMethod]: () => operation.operationId,
    }))
}

interface RequestParts {
  readonly path: string | number
  readonly query: Readonly<Record<string, unknown>>
  readonly oddQuery: string
  readonly someOdd: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly caller: number
}

function build(operation: Operation, parts: RequestParts, pool: Pool): RawRequest {
  const ids = pool.idsFor(operation.path)
  const given = typeof parts.path === 'string' ? parts.path : (ids[parts.path % Math.max(1, ids.length)] ?? 'x')
  const path = operation.path.replaceAll(/\{\w+\}/g, name =>
    name === '{path}' ? 'out.txt' : given.replaceAll(/[^\x21-\x7e]/g, encodeURIComponent),
  )
  const pairs = Object.entries(parts.query).map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`)
  const query = [...pairs, ...(parts.oddQuery === '' ? [] : [parts.oddQuery])].join('&')
  const authorization = pool.authorizations[parts.caller % pool.authorizations.length] ?? ''
  return {
    method: operation.method,
    path: query === '' ? path : `${path}?${query}`,
    headers: {
      ...(authorization === '' ? {} : { authorization }),
      ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...parts.someOdd,
    },
    ...(parts.body === undefined ? {} : { body: parts.body }),
  }
}

function wellFormed(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.toWellFormed().slice(0, 2_000)
}

function bodyArbitrary(operation: Operation): fc.Arbitrary<string | undefined> {
  const schema = operation.requestBody?.content['application/json']?.schema
  const broken = fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"__proto__":{}}',
    '{"a":1}}',
    '\u0000',
    `"${'x'.repeat(300_000)}"`,
  )
  if (schema === undefined) {
    return fc.oneof({ arbitrary: fc.constant(undefined), weight: 9 }, { arbitrary: broken, weight: 1 })
  }
  return fc.oneof(
    { arbitrary: fc.constantFrom(...rightBodies(schema)).map(value => JSON.stringify(value)), weight: 5 },
    { arbitrary: nearly(schema, '', 0).map(value => JSON.stringify(value)), weight: 10 },
    { arbitrary: nearly(schema, '', 4).map(value => JSON.stringify(value)), weight: 10 },
    { arbitrary: broken, weight: 1 },
    { arbitrary: fc.constant(undefined), weight: 1 },
  )
}

function rightBodies({ properties = {} }: JsonSchema): readonly object[] {
  if ('environment' in properties) return programs
  return 'runs' in properties ? [{ runs: programs }] : [{ name: 'right' }, {}]
}

function nearly(schema: JsonSchema, name: string, faultsPerHundred: number): fc.Arbitrary<unknown> {
  return schemaArbitrary(schema, { words, faultsPerHundred }, name)
}
