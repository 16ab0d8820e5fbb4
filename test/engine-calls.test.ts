import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repository } from './support/source-files.ts'

const docker = join(repository, 'src/platform/docker')
/** What each method of the client library asks the engine for. */
const callsOfClient: Readonly<Record<string, string>> = {
  version: 'GET /version',
  info: 'GET /info',
  listContainers: 'GET /containers/json',
  listImages: 'GET /images/json',
  createContainer: 'POST /containers/create',
  createImage: 'POST /images/create',
  importImage: 'POST /images/create',
  buildImage: 'POST /build',
}
const callsOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Container: {
    ...Object.fromEntries(
      ['start', 'attach', 'wait', 'kill', 'update', 'rename'].map(name => [name, `POST /containers/*/${name}`]),
    ),
    inspect: 'GET /containers/*/json',
    remove: 'DELETE /containers/*',
  },
  Image: {
    inspect: 'GET /images/*/json',
    tag: 'POST /images/*/tag',
    remove: 'DELETE /images/*',
    distribution: 'GET /distribution/*/json',
  },
  Volume: { inspect: 'GET /volumes/*' },
}

function sources(): readonly string[] {
  const names = readdirSync(docker).filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return names.map(name => readFileSync(join(docker, name), 'utf8'))
}

/** A method that is not in the tables above is told by its name. */
function callsOfCode(): ReadonlySet<string> {
  const calls = new Set<string>()
  const add = (kind: string, method: string, call: string | undefined) => {
    assert.ok(call !== undefined, `what does ${kind}.${method} ask the engine for? Tell it here and in the list`)
    calls.add(call)
  }
  for (const source of sources()) {
    // However it is wrapped, and bound instead of called.
    for (const [, method = ''] of source.matchAll(/\bclient\s*\.(\w+)(?=\(|\.bind)/g)) {
      if (!/^get(Container|Image|Volume)$/.test(method)) add('client', method, callsOfClient[method])
    }
    for (const [, kind = '', method = ''] of source.matchAll(/\.get(Container|Image|Volume)\([^()]*\)\s*\.(\w+)\(/g))
      add(kind, method, callsOf[kind]?.[method])
    for (const [, method = ''] of source.matchAll(/\bcontainer\s*\.(\w+)\(/g))
      add('Container', method, callsOf.Container?.[method])
  }
  // The launcher's, and the operator's who looks whether the proxy is there.
  return calls.add('GET /_ping')
}

function patterns(): readonly RegExp[] {
  const lines = readFileSync(join(repository, 'deploy/engine-proxy/calls.conf'), 'utf8').split('\n')
  return lines.flatMap(line => /^"~(.*)" 1;$/.exec(line)?.[1] ?? []).map(pattern => new RegExp(pattern))
}

/** As the engine gets it, with the names that engines give. */
function examplesOf(call: string): readonly string[] {
  const [method, path = ''] = call.split(' ')
  const names =
    path.startsWith('/images') || path.startsWith('/distribution')
      ? ['run-it/bash:5.2', 'sha256:0a']
      : ['run-it-0a_1.b']
  return names.flatMap(name => ['', '/v1.41'].map(version => `${method} ${version}${path.replace('*', name)}`))
}

test('the list for a proxy in front of the engine has every call that the code makes', () => {
  const calls = [...callsOfCode()]
  assert.ok(calls.length > 15, calls.join(', '))
  for (const example of calls.flatMap(examplesOf))
    assert.ok(
      patterns().some(pattern => pattern.test(example)),
      example,
    )
})

test('the list has nothing that the code does not call', () => {
  const examples = [...callsOfCode()].flatMap(examplesOf)
  for (const pattern of patterns()) {
    // Each word that a pattern offers is one call more.
    const words = /\/\((\w+(?:\|\w+)+)\)/.exec(pattern.source)?.[1]?.split('|') ?? ['']
    for (const word of words) {
      const used = examples.some(example => pattern.test(example) && (word === '' || example.endsWith(`/${word}`)))
      assert.ok(used, `${pattern.source} ${word}`)
    }
  }
  const refused = [
    'POST /containers/a/exec',
    'GET /containers/a/archive',
    'POST /volumes/create',
    'GET /secrets',
    'POST /v1.41/networks/create',
  ]
  for (const call of refused) assert.ok(!patterns().some(pattern => pattern.test(call)), call)
})

test('the page on deployment has the same list', () => {
  const page = readFileSync(join(repository, 'docs/deployment.md'), 'utf8')
  const [, listed = ''] = /<!-- calls of the engine -->\n+```\n(.*?)```/s.exec(page) ?? []
  const told = listed.split('\n').filter(line => line !== '')
  assert.deepEqual(told.toSorted(), [...callsOfCode()].toSorted())
})
