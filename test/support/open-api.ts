import assert from 'node:assert/strict'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { JsonSchema } from './schema-arbitrary.ts'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: JsonSchema
}
interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>
}
interface OperationJson {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<Record<string, Answer>>
}
export interface OpenApiJson {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationJson>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

export interface Operation extends OperationJson {
  readonly method: string
  readonly path: string
}

/** What came back. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** These can come before any route is found, or before its handler is asked. */
const anywhere: readonly string[] = [
  'invalid-request',
  'route-not-found',
  'method-not-allowed',
  'malformed-json',
  'unsupported-media-type',
  'body-too-large',
]

/** The API's own document, as a test sees it: operations to call, and what they may answer. */
export class OpenApi {
  readonly operations: readonly Operation[]
  readonly #schemas: OpenApiJson['components']['schemas']
  readonly #checks = new Map<JsonSchema, ReturnType<typeof Compile>>()

  constructor(document: OpenApiJson) {
    this.#schemas = document.components.schemas
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
    )
  }

  /** Of what a request asks for, by its address without a query. */
  operationAt(method: string, path: string): Operation | undefined {
    return this.operations.find(operation => operation.method === method && patternOf(operation.path).test(path))
  }

  /** Fails unless the answer is one that the operation declares, and has the shape that is declared. */
  assertAnswer(operation: Operation, answer: RawAnswer): void {
    assert.notEqual(answer.status, 500, answer.body.toString())
    const type = String(answer.headers['content-type'] ?? '').replace(/;.*/, '')
    const declared = operation.responses[answer.status]
    if (answer.status >= 400) this.#assertProblem(declared, type, answer)
    else {
      assert.ok(declared, `the status ${answer.status} is not declared`)
      this.#assertContent(declared, type, answer.body)
    }
  }

  #assertContent({ content }: Answer, type: string, body: Buffer): void {
    if (content === undefined) assert.equal(body.length, 0)
    else if (type === 'application/json' && type in content) {
      this.#assertShape(content[type]?.schema ?? {}, JSON.parse(body.toString()))
    } else if (type === 'text/event-stream' && type in content) {
      const events = body.toString().matchAll(/^data: (.*)\n\n/gm)
      for (const [, data = ''] of events) this.#assertShape(content[type]?.schema ?? {}, JSON.parse(data))
    } else {
      // Bytes of a program's: an artifact has a type of its own.
      assert.ok('application/octet-stream' in content, `the type ${type} is not declared`)
    }
  }

  #assertProblem(declared: Answer | undefined, type: string, { status, body }: RawAnswer): void {
    assert.equal(type, 'application/problem+json', body.toString())
    const problem = JSON.parse(body.toString())
    const { checks: _checks, ready: _ready, queuedRuns: _queuedRuns, ...plain } = problem
    this.#assertShape({ $ref: '#/components/schemas/Problem' }, plain)
    assert.equal(problem.status, status)
    const isDeclared = declared?.description.includes(`\`${problem.code}\``) || anywhere.includes(problem.code)
    assert.ok(isDeclared, `${problem.code} is not declared`)
  }

  #assertShape(schema: JsonSchema, value: unknown): void {
    let check = this.#checks.get(schema)
    if (check === undefined) {
      check = Compile(this.#inlined(schema) as TSchema)
      this.#checks.set(schema, check)
    }
    if (!check.Check(value))
      assert.fail(`${JSON.stringify(check.Errors(value).slice(0, 3))} in ${JSON.stringify(value)}`)
  }

  /** Without references, and with objects that allow no property more. */
  #inlined(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(item => this.#inlined(item))
    if (typeof node !== 'object' || node === null) return node
    if ('$ref' in node && typeof node.$ref === 'string') {
      return this.#inlined(this.#schemas[node.$ref.replace('#/components/schemas/', '')])
    }
    const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, this.#inlined(value)]))
    return 'properties' in copy && copy.type === 'object' ? { additionalProperties: false, ...copy } : copy
  }
}

/** A `{path}` has slashes of its own, and is the last. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('{path}', '.+').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}
