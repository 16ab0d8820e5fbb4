import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { exampleApi } from '../../test/support/example-api.ts'

/** The commands of a page's blocks of shell, with their continued lines. */
function curlLines(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block)
  return blocks
    .flatMap(block => block.replaceAll('\\\n', ' ').split(/^(?=curl )/m))
    .filter(line => line.startsWith('curl '))
}

/** `POST /v1/runs/:id/cancel` of a line of curl. */
function requestOf(line: string): { readonly method: string; readonly path: string } {
  const path = /http:\/\/127\.0\.0\.1:8080([^\s'"?]*)/.exec(line)?.[1] ?? ''
  const method = /-X (\w+)/.exec(line)?.[1] ?? (/ (-d|--data\S*) /.test(line) ? 'POST' : 'GET')
  return { method, path }
}

test('the page of the API has a line of curl for each endpoint, and none for what there is not', async context => {
  const { app } = await exampleApi(context)
  const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
  const asked = curlLines(page).map(requestOf)
  const { paths } = (await app.inject('/openapi.json')).json() as { paths: Record<string, Record<string, object>> }
  const patterns = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => {
      const pattern = path.replaceAll(/\{path\}/g, '.+').replaceAll(/\{\w+\}/g, '[^/]+')
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        pattern: new RegExp(`^${pattern}$`),
      }
    }),
  )
  const without = patterns.filter(
    ({ method, pattern }) => !asked.some(request => request.method === method && pattern.test(request.path)),
  )
  // It is a WebSocket, for which curl is of no use.
  assert.deepEqual(
    without.map(({ name }) => name),
    ['GET /v1/runs/{id}/terminal'],
  )
  const unknown = asked.filter(
    ({ method, path }) => !patterns.some(known => known.method === method && known.pattern.test(path)),
  )
  assert.deepEqual(unknown, [])
})
