import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildSdk, readmeExamples } from '../support/sdk-package.ts'
import { TestServer } from '../support/server.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
const npm = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']

/** Every Node on this machine, one of each version: the pinned one, and what the system has. */
function everyNode(): ReadonlyMap<string, string> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = [process.execPath, ...folders.map(folder => join(folder, 'node'))].flatMap(path => {
    try {
      return [[execFileSync(path, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).trim(), path] as const]
    } catch {
      return []
    }
  })
  return new Map(found)
}

suite('the package of the client', () => {
  let server: TestServer
  let folder: string
  let project: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    await buildSdk(join(folder, 'built'))
    const { stdout } = await run('npm', ['pack', './built', '--json', ...npm], { cwd: folder })
    const [{ filename }] = JSON.parse(stdout)
    project = join(folder, 'project')
    await mkdir(project)
    await writeFile(join(project, 'package.json'), '{"name": "a-user", "private": true, "type": "module"}')
    // From an empty cache and without a network: it brings all that it needs.
    const flags = ['--cache', join(folder, 'cache'), ...npm]
    await run('npm', ['install', join(folder, filename), ...flags], { cwd: project })
    server = await TestServer.start()
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  async function execute(node: string, code: string): Promise<string> {
    await writeFile(
      join(project, 'example.js'),
      code.replaceAll('new RunItClient()', `new RunItClient({ baseUrl: '${server.url}' })`),
    )
    return (await run(node, ['example.js'], { cwd: project, timeout: 120_000 })).stdout
  }

  test('has JavaScript and types, and nothing else comes with it', async () => {
    const installed = await readdir(join(project, 'node_modules', '@run-it', 'sdk'))
    assert.deepEqual(installed.filter(name => !/\.(js|d\.ts)$/.test(name)).toSorted(), [
      'LICENSE',
      'README.md',
      'package.json',
    ])
    for (const name of installed.filter(file => file.endsWith('.js'))) {
      assert.ok(installed.includes(name.replace(/js$/, 'd.ts')), name)
      assert.ok(!name.includes('.test.'), name)
    }
    const packages = await readdir(join(project, 'node_modules'))
    assert.deepEqual(
      packages.filter(name => !name.startsWith('.')),
      ['@run-it'],
    )
  })

  for (const [version, node] of everyNode()) {
    test(`does what its README shows, under Node ${version}`, async () => {
      const readme = await readFile(join(root, 'sdk/README.md'), 'utf8')
      const [first = '', endless = '', ...more] = readmeExamples(readme, 'js')
      assert.deepEqual(more, [])
      const printed = await execute(node, first)
      assert.match(printed, /^\{ kind: 'exited', code: 0 \}\n42\n\n42\n([0-9A-Z]{26}\n){2,}$/)
      assert.equal(await execute(node, endless), 'canceled\n')
    })

    test(`rejects with its own errors, under Node ${version}`, async () => {
      const printed = await execute(
        node,
        `import { RunItClient, RunItConnectionError, RunItError } from '@run-it/sdk'
         const refused = await new RunItClient().runs.get('x').catch(error => error)
         console.log(refused instanceof RunItError, refused.problem.code)
         const away = await new RunItClient({ baseUrl: 'http://127.0.0.1:1' }).runs.list().catch(error => error)
         console.log(away instanceof RunItConnectionError)`,
      )
      assert.equal(printed, 'true run-not-found\ntrue\n')
    })
  }

  for (const [module, moduleResolution] of [['nodenext', 'nodenext'] as const, ['esnext', 'bundler'] as const]) {
    test(`has types that a strict program compiles with, by ${moduleResolution}`, async () => {
      const program = `
import { RunItClient, type Run, type RunEvent, decodeBytes } from '@run-it/sdk'
const client: RunItClient = new RunItClient({ baseUrl: 'http://example', timeoutMs: 1 })
export async function outputOf(run: Run): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for await (const event of client.runs.events(run.id)) if (event.type === 'output') pieces.push(decodeBytes(event))
  return pieces
}
// @ts-expect-error there is no such state
export const wrong: RunEvent = { sequence: 1, attempt: 1, at: '', type: 'state', state: 'finished' }
`
      await writeFile(join(project, 'program.ts'), program)
      const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '']
      const args = [...options, '--module', module, '--moduleResolution', moduleResolution, 'program.ts']
      await run(join(root, 'node_modules/.bin/tsc'), args, { cwd: project }).catch(error => assert.fail(error.stdout))
    })
  }
})
