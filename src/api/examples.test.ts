import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { apiPage, curlBlocks, curlLines, withoutCurl } from '../../test/support/api-page.ts'
import { exampleApi } from '../../test/support/example-api.ts'
import { OpenApi } from '../../test/support/open-api.ts'

/** `POST /v1/runs/$ID/cancel` of a line of curl. */
function requestOf(line: string): { readonly method: string; readonly path: string } {
  const path = /http:\/\/127\.0\.0\.1:8080([^\s'"?]*)/.exec(line)?.[1] ?? ''
  const method = /-X (\w+)/.exec(line)?.[1] ?? (/ (-d|--data\S*) /.test(line) ? 'POST' : 'GET')
  return { method, path }
}

test('the page of the API has a line of curl for each endpoint, and none for what there is not', async context => {
  const { app } = await exampleApi(context)
  const api = new OpenApi((await app.inject('/openapi.json')).json())
  const asked = curlBlocks(await readFile(apiPage, 'utf8'))
    .flatMap(block => curlLines(block))
    .map(requestOf)
  assert.deepEqual(
    asked.filter(({ method, path }) => api.operationAt(method, path) === undefined),
    [],
  )
  const shown = new Set(asked.map(({ method, path }) => api.operationAt(method, path)))
  assert.deepEqual(
    api.operations.filter(operation => !shown.has(operation)).map(({ method, path }) => `${method} ${path}`),
    withoutCurl,
  )
})
