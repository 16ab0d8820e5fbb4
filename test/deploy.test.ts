import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { definitionsOf } from '../src/config/definition.ts'
import { loadSettings } from '../src/config/load-settings.ts'
import { settingsSchema } from '../src/config/settings.ts'
import { otherVariables } from '../src/config/variables.ts'
import { repository } from './support/source-files.ts'

interface Service {
  readonly image: string
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly networks?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, object>>
  readonly ports?: readonly string[]
  readonly command?: string | readonly string[]
  readonly cap_drop?: readonly string[]
  readonly read_only?: boolean
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: object
  readonly volumes: object
}

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const compose: Compose = parse(read('compose.yaml'), { merge: true })
const services = Object.entries(compose.services)
const socket = '/var/run/docker.sock'
const knownVariables = new Set([
  ...definitionsOf(settingsSchema).flatMap(({ variable, fileVariable }) => [variable, fileVariable ?? variable]),
  ...Object.keys(otherVariables),
])

test('every variable that files of deployments set is a setting', () => {
  const pages = [
    'compose.yaml',
    'Dockerfile',
    'deploy/systemd/run-it.service',
    'deploy/docker/run-it',
    'docs/deployment.md',
  ]
  for (const page of pages) {
    const names = read(page).match(/\bRUN_IT_[A-Z_]+/g) ?? []
    assert.ok(names.length > 0, page)
    assert.deepEqual(
      names.filter(name => !knownVariables.has(name)),
      [],
      page,
    )
  }
})

test('each process of compose.yaml can be started with its variables', () => {
  for (const [name, { environment }] of services.filter(([, { image }]) => image === 'run-it')) {
    const entries = Object.entries(environment ?? {})
    // As Compose does, of what an operator has set.
    const variables = Object.fromEntries(entries.map(([key, text]) => [key, text.replaceAll(/\$\{[^}]*\}/g, 'chosen')]))
    const settings = loadSettings({ variables, folder: '/', usesFolderFile: false, isTerminal: false })
    assert.equal(settings.databaseUrl, 'postgres://run-it:chosen@postgres:5432/run-it', name)
    assert.equal(settings.host, '0.0.0.0')
  }
})

test('what compose.yaml names is there', () => {
  const names = Object.keys(compose.services)
  for (const [name, service] of services) {
    const needs = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {})
    for (const other of needs) assert.ok(names.includes(other), `${name} needs ${other}`)
    for (const network of service.networks ?? []) assert.ok(network in compose.networks, `${name}: ${network}`)
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      const isThere = source.startsWith('./') ? existsSync(join(repository, source)) : source in compose.volumes
      assert.ok(source.startsWith('/') || isThere, `${name}: ${volume}`)
    }
  }
  const proxied = /^\treverse_proxy (.*) \{$/m.exec(read('deploy/compose/Caddyfile'))?.[1]
  assert.deepEqual(proxied?.split(' '), ['api-1:8080', 'api-2:8080'])
})

test('workers alone have the socket, API servers alone are reached from outside, and none is more than it needs to be', () => {
  const ours = services.filter(([, { image }]) => image === 'run-it')
  assert.equal(ours.length, 5)
  for (const [name, service] of ours) {
    const hasSocket = (service.volumes ?? []).some(volume => volume.startsWith(socket))
    assert.equal(hasSocket, service.environment?.RUN_IT_ROLE === 'worker', name)
    assert.equal((service.networks ?? []).includes('front'), service.environment?.RUN_IT_ROLE === 'api', name)
    assert.deepEqual(service.cap_drop, ['ALL'])
    assert.equal(service.read_only, true)
    assert.match(service.environment?.DATABASE_URL ?? '', /^postgres:\/\//)
  }
  const published = services.flatMap(([, { ports = [] }]) => ports)
  assert.match(published.join(' '), /^127\.0\.0\.1:\$\{PORT:-8080\}:8080$/)
})

test('the Dockerfile copies what there is, and the launcher in the image starts what it copies', () => {
  const dockerfile = read('Dockerfile')
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  )
  assert.ok(copied.length > 5)
  for (const path of copied) assert.ok(existsSync(join(repository, path)), path)
  const ignored = read('.dockerignore').split('\n')
  for (const path of copied) {
    const top = path.replace(/\/$/, '')
    const isSent = ignored.some(line => line.startsWith('!') && `${top}/`.startsWith(`${line.slice(1)}/`))
    assert.ok(isSent, `.dockerignore keeps ${path} back`)
  }
  assert.match(read('deploy/docker/run-it'), /\$root\/src\/main\.ts/)
  assert.match(dockerfile, /^USER run-it$/m)
  // As the launcher of the repository does, for the same reason.
  for (const option of ['--max-semi-space-size=4', 'MALLOC_ARENA_MAX=1', '--disable-warning=ExperimentalWarning']) {
    assert.ok(read('run-it').includes(option) && read('deploy/docker/run-it').includes(option), option)
  }
})

test('the unit of systemd keeps the service from all that it does not need', () => {
  const lines = read('deploy/systemd/run-it.service').split('\n')
  const wanted = [
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'CapabilityBoundingSet=',
    'User=run-it',
    'PrivateTmp=yes',
  ]
  for (const line of [...wanted, 'ExecStart=/opt/run-it/run-it serve']) assert.ok(lines.includes(line), line)
  const directives = lines.filter(line => /^[A-Z]/.test(line)).map(line => line.split('=', 1)[0] ?? '')
  const repeatable = ['Environment', 'SystemCallFilter']
  const repeated = directives.filter((name, index) => directives.indexOf(name) !== index && !repeatable.includes(name))
  assert.deepEqual(repeated, [])
})
