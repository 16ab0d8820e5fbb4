import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { exampleApi } from '../../test/support/example-api.ts'
import { problems } from '../run/problem.ts'

const operations = [
  'get /health/live',
  'get /health/ready',
  'post /v1/batches',
  'get /v1/batches/{id}',
  'post /v1/batches/{id}/cancel',
  'get /v1/batches/{id}/events',
  'get /v1/environments',
  'get /v1/environments/{name}',
  'post /v1/environments/{name}/pull',
  'get /v1/keys',
  'post /v1/keys',
  'delete /v1/keys/{id}',
  'get /v1/operations/{id}',
  'get /v1/operations/{id}/events',
  'get /v1/platform',
  'get /v1/runs',
  'post /v1/runs',
  'delete /v1/runs/{id}',
  'get /v1/runs/{id}',
  'post /v1/runs/{id}/cancel',
  'get /v1/runs/{id}/artifacts/{path}',
  'get /v1/runs/{id}/deliveries',
  'get /v1/runs/{id}/events',
  'post /v1/runs/{id}/rerun',
  'get /v1/runs/{id}/stderr',
  'get /v1/runs/{id}/stdout',
  'get /v1/runs/{id}/terminal',
  'get /v1/workers',
]

interface OpenApi {
  readonly openapi: string
  readonly info: { readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}
interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>
}

test('the OpenAPI document has every route, and says what each answers', async context => {
  const { app } = await exampleApi(context)
  const document: OpenApi = (await app.inject('/openapi.json')).json()
  assert.match(document.openapi, /^3\.1\./)
  assert.equal(document.info.version, '1.2.3')
  const found = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  )
  assert.deepEqual(found.map(({ name }) => name).toSorted(), operations.toSorted())
  for (const { name, operation } of found) {
    assert.ok(operation.operationId && operation.summary, name)
    const statuses = Object.keys(operation.responses)
    assert.ok(statuses.some(status => /^[12]/.test(status)) && statuses.includes('500'), name)
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      const types = Object.keys(content)
      assert.deepEqual(types, Number(status) < 400 ? types : ['application/problem+json'], `${name} ${status}`)
    }
  }
})

test('the page of the API tells of every operation', async () => {
  const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
  for (const operation of operations) {
    const [method = '', path = ''] = operation.split(' ')
    assert.ok(page.includes(`\`${method.toUpperCase()} ${path}\``), operation)
  }
})

test('the OpenAPI document refers to nothing that is not in it, and leaves no schema without a name', async context => {
  const { app } = await exampleApi(context)
  const { body } = await app.inject('/openapi.json')
  const names = Object.keys((JSON.parse(body) as OpenApi).components.schemas)
  assert.ok(names.includes('RunSubmission') && names.includes('Problem') && names.includes('Run'))
  assert.ok(names.every(name => !name.startsWith('Unnamed')))
  for (const [, name] of body.matchAll(/"\$ref":"([^"]*)"/g)) {
    assert.ok(names.includes(String(name).replace('#/components/schemas/', '')), name)
  }
})

test('every problem that a route declares is in the catalogue, and every problem is declared somewhere', async context => {
  const { app } = await exampleApi(context)
  const { body } = await app.inject('/openapi.json')
  const declared = new Set([...body.matchAll(/`([a-z-]+)`: /g)].map(([, code]) => code))
  // These belong to addresses and methods that are no operation.
  const elsewhere = ['route-not-found', 'method-not-allowed']
  assert.deepEqual([...declared, ...elsewhere].toSorted(), Object.keys(problems).toSorted())
})

test('the documentation can be read in a browser', async context => {
  const { app } = await exampleApi(context)
  const page = await app.inject('/docs/')
  const index = page.statusCode === 200 ? page : await app.inject('/docs/static/index.html')
  assert.equal(index.statusCode, 200)
  assert.match(String(index.headers['content-type']), /text\/html/)
  assert.match(String(index.headers['content-security-policy']), /^default-src 'self';(?!.*https?:)/)
})
