import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { startServer } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { FakePlatform } from '../../src/platform/fake/fake-platform.ts'
import type { FakeProgram } from '../../src/platform/fake/fake-program.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { apiPage, curlBlocks, curlLines, withoutCurl } from '../support/api-page.ts'
import { OpenApi } from '../support/open-api.ts'
import { Receiver } from '../support/receiver.ts'

/** What the programs of the page do, all in one: the fake platform knows none of their languages. */
const program: FakeProgram = run => {
  const { stage, files } = run
  if (stage.name === 'compile') return undefined
  run.write('stdout', '42\n')
  files.set('out/squares.csv', Buffer.from('0,0\n'))
  return undefined
}

/** For curl, in each of its calls: what is asked is told on stderr with the status, and a problem is an error. */
const curlSettings = `silent
show-error
fail-with-body
max-time = 90
write-out = "%{stderr}asked %{method} %{url_effective} %{response_code}\\n"
`

/** Whoever reads the page has jq; a test needs Node alone. An expression like \`.keys[0].id\` means the same in both. */
const prelude = `set -euo pipefail
jq() { "$NODE" -e 'console.log(eval("(" + require("node:fs").readFileSync(0, "utf8") + ")" + process.argv[1]))' -- "$2"; }
`

async function startExample(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  const parts = new AsyncDisposableStack()
  context.after(() => parts.disposeAsync())
  parts.defer(() => rm(folder, { recursive: true, force: true }))
  const receiver = await Receiver.start()
  parts.use(receiver)
  const flags = { dataDirectory: join(folder, 'data'), port: '0', slots: '2', allowWebhookTo: '127.0.0.1' }
  const settings = loadSettings({ flags, variables: {}, folder: '/', usesFolderFile: false, isTerminal: false })
  const observer = createObserver(createLog({ level: 'silent', format: 'json' }))
  const server = await startServer(settings, observer, new FakePlatform({ program: () => program }))
  parts.defer(() => server.close())
  return { server, folder, webhookUrl: `http://127.0.0.1:${receiver.port}/runs` }
}

async function bash(script: string, folder: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  await writeFile(join(folder, '.curlrc'), curlSettings)
  const env = { PATH: process.env.PATH, HOME: folder, CURL_HOME: folder, NODE: process.execPath }
  const child = spawn('bash', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve)
    child.on('error', reject)
  })
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

test('the commands of the page of the API work as they are, one after another, at every endpoint', {
  timeout: 170_000,
}, async context => {
  const { server, folder, webhookUrl } = await startExample(context)
  const api = new OpenApi(await (await fetch(`${server.url}/openapi.json`)).json())
  const blocks = curlBlocks(await readFile(apiPage, 'utf8'))
  const script = blocks
    .join('')
    .replaceAll('http://127.0.0.1:8080', server.url)
    .replaceAll('https://example.org/runs', webhookUrl)

  const { code, stdout, stderr } = await bash(prelude + script, folder)
  assert.equal(code, 0, `${stderr}\n${stdout}`)
  const asked = [...stderr.matchAll(/^asked (\S+) (\S+) (\d+)$/gm)].map(([, method = '', url = '', status]) => {
    return { operation: api.operationAt(method, new URL(url).pathname), status: Number(status), url }
  })
  assert.equal(asked.length, blocks.flatMap(curlLines).length, stderr)
  assert.deepEqual(
    asked.filter(({ operation, status }) => operation?.responses[status] === undefined || status >= 400),
    [],
  )
  const done = new Set(asked.map(({ operation }) => operation))
  assert.deepEqual(
    api.operations.filter(operation => !done.has(operation)).map(({ method, path }) => `${method} ${path}`),
    withoutCurl,
  )
  assert.equal(await readFile(join(folder, 'squares.csv'), 'utf8'), '0,0\n')
})
