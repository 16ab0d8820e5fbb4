import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RunItClient } from '../../sdk/src/client.ts'
import { TestServer } from '../support/server.ts'

const mainPath = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

async function runIt(...argv: readonly string[]) {
  const child = spawn(process.execPath, [mainPath, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { stdout, stderr, code }
}

async function folderOf(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a server that others can reach starts when there is a key, and then wants it from everybody', async context => {
  const dataDirectory = await folderOf(context)
  const flags = ['--data-directory', dataDirectory]
  const exposed = ['--host', '0.0.0.0', '--port', '0', '--log-format', 'json', ...flags]
  const refused = await runIt('serve', ...exposed)
  assert.equal(refused.code, 78)
  assert.match(refused.stderr, /"0\.0\.0\.0" is not a loopback address.*run-it keys create/)
  const made = await runIt('keys', 'create', 'ops', '--scope', 'admin', ...flags)
  assert.equal(made.code, 0, made.stderr)
  await using server = await TestServer.start({ dataDirectory, flags: ['--host', '0.0.0.0'] })
  await assert.rejects(server.client.runs.list(), { status: 401 })
  const client = new RunItClient({ baseUrl: server.url, key: made.stdout.trim() })
  assert.deepEqual((await client.runs.list()).runs, [])
  const busy = await runIt('keys', 'list', ...flags)
  assert.equal(busy.code, 69)
  assert.match(busy.stderr, /in use by process \d+/)
  const asked = await runIt('keys', 'list', '--server', server.url, '--key', made.stdout.trim())
  assert.match(asked.stdout, /\tops\tadmin\t/)
})

test('the first key can be made over a server that runs on loopback, which wants it from then on', async () => {
  await using server = await TestServer.start()
  await server.client.runs.list()
  const { secret } = await server.client.keys.create({ name: 'ops', scopes: ['admin'] })
  await assert.rejects(server.client.runs.list(), { status: 401 })
  const admin = new RunItClient({ baseUrl: server.url, key: secret })
  const { secret: other, id } = await admin.keys.create({ name: 'shop' })
  const shop = new RunItClient({ baseUrl: server.url, key: other })
  await assert.rejects(shop.keys.create({ name: 'more' }), { status: 403 })
  await shop.runs.list()
  await admin.keys.revoke(id)
  await assert.rejects(shop.runs.list(), { status: 401 })
})
