import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RunItClient } from '../../sdk/src/client.ts'
import { TestPostgres } from '../support/postgres.ts'
import { TestServer } from '../support/server.ts'

const mainPath = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

async function runIt(variables: NodeJS.ProcessEnv, ...argv: readonly string[]) {
  const child = spawn(process.execPath, [mainPath, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...variables },
  })
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { stdout, stderr, code }
}

test('keys are made in the database, before its servers start and while they run, and each server knows them at once', async context => {
  await using postgres = await TestPostgres.start()
  const folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const url = await postgres.createDatabase()
  await writeFile(join(folder, 'url'), `${url}\n`)
  const variables = { DATABASE_URL_FILE: join(folder, 'url') }
  const exposed = ['--host', '0.0.0.0', '--port', '0', '--log-format', 'json', '--role', 'api']
  const refused = await runIt(variables, 'serve', ...exposed)
  assert.equal(refused.code, 78, refused.stderr)
  assert.match(refused.stderr, /run-it keys create admin --scope admin\n/)
  const made = await runIt(variables, 'keys', 'create', 'ops', '--scope', 'admin')
  assert.equal(made.code, 0, made.stderr)
  const start = () => TestServer.start({ dataDirectory: folder, flags: ['--role', 'api'], variables })
  await using one = await start()
  await using other = await start()
  const asAdmin = ({ url: baseUrl }: TestServer) => new RunItClient({ baseUrl, key: made.stdout.trim() })
  await assert.rejects(one.client.runs.list(), { status: 401 })
  assert.deepEqual((await asAdmin(one).runs.list()).runs, [])
  const second = await asAdmin(one).keys.create({ name: 'shop' })
  const shop = new RunItClient({ baseUrl: other.url, key: second.secret })
  assert.deepEqual((await shop.runs.list()).runs, [])
  const listed = await runIt(variables, 'keys', 'list')
  assert.match(listed.stdout, /shop/)
  await asAdmin(one).keys.revoke(second.id)
  await assert.rejects(shop.runs.list(), { status: 401 })
})

test('a server whose database is not there says so without its password, and so does one without a database that needs it', async () => {
  const DATABASE_URL = 'postgres://run_it:hunter2@127.0.0.1:1/run_it'
  const away = await runIt({ DATABASE_URL }, 'serve', '--port', '0')
  assert.equal(away.code, 69, away.stderr)
  assert.match(away.stderr, /The database cannot be reached/)
  assert.doesNotMatch(away.stderr, /hunter2/)
  const worker = await runIt({}, 'serve', '--role', 'worker', '--port', '0')
  assert.equal(worker.code, 78)
  assert.match(worker.stderr, /role: "worker" needs a database.*DATABASE_URL/)
})
