import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { exampleApi } from '../../test/support/example-api.ts'
import { exampleKeys } from '../../test/support/example-key.ts'
import { inProcessFetch } from '../api/in-process-fetch.ts'
import { runCommandLine } from './command-line.ts'
import type { App } from './context.ts'
import { type TestContextOptions, testContext } from './test-context.ts'

const unreachable: typeof fetch = () => Promise.reject(new TypeError('fetch failed'))

async function call(argv: readonly string[], options: Omit<TestContextOptions, 'argv'>) {
  const context = testContext({ argv, ...options })
  const code = await runCommandLine(context)
  return { code, stdout: context.written.stdoutText, stderr: context.written.stderrText }
}

async function server(context: TestContext) {
  const house = await exampleApi(context)
  return { ...house, fetch: inProcessFetch(house.app) }
}

test('keys create makes the first key over a server without any, and prints nothing but it on stdout', async context => {
  const { fetch, keys } = await server(context)
  const refused = await call(['keys', 'create', 'ci'], { fetch })
  assert.equal(refused.code, 64)
  assert.match(refused.stderr, /first key must have the scope admin/)
  const made = await call(['keys', 'create', 'ops', '--scope', 'admin'], { fetch })
  assert.equal(made.code, 0)
  assert.match(made.stdout, /^runit_\w+\n$/)
  assert.match(made.stderr, /^Made the key \w+ \(ops\)\. Keep what follows/)
  assert.equal(await keys.exist(), true)
  const without = await call(['keys', 'list'], { fetch })
  assert.equal(without.code, 64)
  assert.match(without.stderr, /Send an API key/)
  const variables = { RUN_IT_KEY: made.stdout.trim() }
  assert.match((await call(['keys', 'list'], { fetch, variables })).stdout, /\tops\tadmin\t-\t-\tall\tvalid\t/)
})

test('keys create hands on everything that was chosen, and revoke ends it', async context => {
  const { fetch, keys } = await server(context)
  const { admin } = await exampleKeys(keys)
  const variables = { RUN_IT_KEY: admin.secret }
  const flags =
    '--scope run --max-concurrent 2 --per-minute 9 --limit memory=64MiB --limit wall-time=2 --limit processes=9 ' +
    '--environment python --environment go@1.* --pool gpu --pool big --network --json'
  const made = await call(['keys', 'create', 'a shop', ...flags.split(' ')], { fetch, variables })
  const { id, secret: _secret, createdAt: _createdAt, ...grant } = JSON.parse(made.stdout)
  assert.deepEqual(grant, {
    name: 'a shop',
    scopes: ['run'],
    maxConcurrentRuns: 2,
    runsPerMinute: 9,
    limits: { memoryBytes: 64 * 1024 ** 2, wallTimeMs: 2000, processes: 9 },
    environments: ['python', 'go@1.*'],
    pools: ['gpu', 'big'],
    network: true,
  })
  assert.equal((await call(['keys', 'revoke', id], { fetch, variables })).stdout, `${id}\trevoked\n`)
  assert.match(
    (await call(['keys', 'list'], { fetch, variables })).stdout,
    new RegExp(`^${id}\ta shop\trun\t.*\trevoked\t`),
  )
  assert.equal((await call(['keys', 'revoke', 'x'], { fetch, variables })).code, 66)
})

test('keys create refuses what it cannot mean', async () => {
  const cases = [
    ['--scope', 'root'],
    ['--max-concurrent', '0'],
    ['--per-minute', 'x'],
    ['--limit', 'memory'],
    ['--limit', 'memory=much'],
    ['--limit', 'speed=1'],
    ['--data-directory', '/d', '--server', 'http://x'],
  ]
  for (const flags of cases) {
    const { code } = await call(['keys', 'create', 'a', ...flags], { fetch: unreachable })
    assert.equal(code, 64, flags.join(' '))
  }
})

test('keys opens the data directory where no server runs, or where one is named, and closes it', async context => {
  const { fetch } = await server(context)
  const directories: string[] = []
  let closed = 0
  const openKeys: App['openKeys'] = async settings => {
    directories.push(settings.dataDirectory)
    return { fetch, close: async () => void closed++ }
  }
  const app = { openKeys }
  const first = ['keys', 'create', 'ops', '--scope', 'admin']
  assert.equal((await call(first, { fetch: unreachable, app, variables: { RUN_IT_DATA_DIRECTORY: '/one' } })).code, 0)
  assert.equal((await call(['keys', 'list', '--data-directory', '/two'], { fetch, app })).code, 64)
  assert.deepEqual([directories, closed], [['/one', '/two'], 2])
  const named = await call([...first, '--server', 'http://x'], { fetch: unreachable, app })
  assert.deepEqual([named.code, closed], [69, 2])
})

test('a key is taken from the flag, the file, the variable, or the file that a variable names', async context => {
  const folder = mkdtempSync(join(tmpdir(), 'run-it-test-'))
  context.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'key'), 'of-file\n')
  const sent: (string | null)[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    sent.push(new Request(input, init).headers.get('authorization'))
    return Response.json({ runs: [] })
  }
  const variables = { RUN_IT_KEY: 'of-variable', RUN_IT_KEY_FILE: 'key' }
  await call(['list', '--key', 'of-flag'], { fetch, folder, variables })
  await call(['list', '--key-file', 'key'], { fetch, folder, variables })
  await call(['list'], { fetch, folder, variables })
  await call(['list'], { fetch, folder, variables: { RUN_IT_KEY_FILE: 'key' } })
  await call(['list'], { fetch, folder })
  assert.deepEqual(sent, ['Bearer of-flag', 'Bearer of-file', 'Bearer of-variable', 'Bearer of-file', null])
  assert.equal((await call(['list', '--key-file', 'absent'], { fetch, folder })).code, 66)
  assert.equal((await call(['list', '--key-file', 'key', '--key', 'x'], { fetch, folder })).code, 64)
})
