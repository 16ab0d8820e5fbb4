import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext as NodeTestContext, test } from 'node:test'
import type { Run } from '@run-it/sdk'
import { runCommandLine } from './command-line.ts'
import { fakeRun, fakeServer } from './fake-server.ts'
import { testContext } from './test-context.ts'

function temporaryFolder(t: NodeTestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-it-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

const file = (path: string) => ({ path, bytes: 11 + path.length, mediaType: 'text/plain' })

async function call(
  argv: readonly string[],
  folder: string,
  options: { readonly run?: Partial<Run>; readonly paths?: readonly string[]; readonly isTerminal?: boolean } = {},
) {
  const server = fakeServer([], { artifacts: (options.paths ?? []).map(file), ...options.run })
  const variables = { RUN_IT_SERVER: 'http://fake.invalid' }
  const context = testContext({ argv, folder, fetch: server.fetch, variables, isTerminal: options.isTerminal })
  const code = await runCommandLine(context)
  const { stdoutText: stdout, stderrText: stderr } = context.written
  return { code, server, stdout, stderr }
}

test('run --out asks for everything, and writes it below the folder, telling of it on a terminal', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'plot.py'), '')
  const paths = ['plot.png', 'data/ä b#?.csv']
  const { code, server, stderr } = await call(['run', 'plot.py', '--out', 'results'], folder, {
    paths,
    isTerminal: true,
  })
  assert.equal(code, 0)
  assert.deepEqual(server.submissions[0]?.artifacts, ['**'])
  assert.equal(readFileSync(join(folder, 'results/plot.png'), 'utf8'), 'content of plot.png')
  assert.equal(readFileSync(join(folder, 'results/data/ä b#?.csv'), 'utf8'), 'content of data/ä b#?.csv')
  assert.match(stderr, /run-it: wrote results\/plot\.png \(19 bytes\)\n/)
  assert.deepEqual(readdirSync(join(folder, 'results')).toSorted(), ['data', 'plot.png'])
})

test('run --artifact asks for those, and is quiet in a pipe', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'plot.py'), '')
  const argv = ['run', 'plot.py', '-o', '.', '--artifact', '*.png', '--artifact', 'out/**']
  const { code, server, stderr } = await call(argv, folder, { paths: ['a.png'] })
  assert.deepEqual([code, stderr], [0, ''])
  assert.deepEqual(server.submissions[0]?.artifacts, ['*.png', 'out/**'])
  assert.equal(readFileSync(join(folder, 'a.png'), 'utf8'), 'content of a.png')
})

test('run without either asks for nothing, and --artifact alone needs somebody who keeps it', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'plot.py'), '')
  assert.equal((await call(['run', 'plot.py'], folder)).server.submissions[0]?.artifacts, undefined)
  assert.equal((await call(['run', 'plot.py', '--artifact', 'a'], folder)).code, 0)
  const context = testContext({ argv: ['run', 'plot.py', '--artifact', 'a'], folder })
  assert.equal(await runCommandLine(context), 64)
  assert.match(context.written.stderrText, /--artifact: say with --out/)
})

test('files that are there are replaced, but none that was sent, unless it is forced', async t => {
  const folder = temporaryFolder(t)
  for (const path of ['main.py', 'old.txt']) writeFileSync(join(folder, path), 'mine')
  const paths = ['main.py', 'old.txt']
  symlinkSync(folder, join(folder, 'same'))
  for (const out of ['.', 'same']) {
    const { code, stderr } = await call(['run', 'main.py', '--out', out], folder, { paths })
    assert.equal(code, 73)
    assert.match(
      stderr,
      /cannot write \S*main\.py: it is one of the files that were sent; --force replaces it\n.*1 of 2 files/,
    )
    assert.equal(readFileSync(join(folder, 'main.py'), 'utf8'), 'mine')
    assert.equal(readFileSync(join(folder, 'old.txt'), 'utf8'), 'content of old.txt')
  }
  assert.equal((await call(['run', 'main.py', '--out', '.', '--force'], folder, { paths })).code, 0)
  assert.equal(readFileSync(join(folder, 'main.py'), 'utf8'), 'content of main.py')
})

test('no path leads out of the folder, not through a link either', async t => {
  const folder = temporaryFolder(t)
  const outside = temporaryFolder(t)
  mkdirSync(join(folder, 'out'))
  symlinkSync(outside, join(folder, 'out/link'))
  symlinkSync(join(outside, 'file'), join(folder, 'out/dangling'))
  mkdirSync(join(folder, 'out/folder'))
  const paths = ['../up', '/abs', 'a/../../b', 'link/x', 'dangling', 'folder', 'new\nline', 'a//b', '', 'good']
  const { code, stderr } = await call(['artifacts', fakeRun.id, '--out', 'out'], folder, { paths })
  assert.equal(code, 73)
  assert.equal(stderr.split('\n').filter(line => line.startsWith('run-it: cannot write')).length, paths.length - 1)
  assert.match(stderr, /9 of 10 files could not be written\n$/)
  assert.deepEqual(readdirSync(outside), [])
  assert.deepEqual(readdirSync(folder), ['out'])
  assert.deepEqual(readdirSync(join(folder, 'out')).toSorted(), ['dangling', 'folder', 'good', 'link'])
})

test('a folder that cannot be made is told in one line', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'file'), '')
  const { code, stderr } = await call(['artifacts', fakeRun.id, '--out', 'file/x'], folder, { paths: ['a'] })
  assert.equal(code, 73)
  assert.equal(stderr, 'run-it: --out: cannot make file/x: there is something else than a folder\n')
})

test('artifacts lists what a run made, for people and for programs', async t => {
  const folder = temporaryFolder(t)
  const paths = ['a.txt', 'b\x1b[31m.txt']
  const argv = ['artifacts', fakeRun.id]
  assert.equal((await call(argv, folder, { paths })).stdout, 'a.txt\t16\ttext/plain\nb [31m.txt\t21\ttext/plain\n')
  const terminal = await call(argv, folder, { paths, isTerminal: true })
  assert.match(terminal.stdout, /^PATH +SIZE +TYPE\na\.txt +16 bytes +text\/plain\n/)
  const json = await call([...argv, '--json'], folder, { paths })
  assert.deepEqual(JSON.parse(json.stdout), paths.map(file))
})

test('what is missing is told, whatever was asked for', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'a.py'), '')
  const artifactsOmitted: Run['artifactsOmitted'] = [
    { reason: 'too-many', files: 4, paths: ['a', 'b\n', 'c', 'd'] },
    { reason: 'sandbox-lost', paths: [] },
  ]
  const expected =
    'run-it: 4 files were left out, because there were too many: a, b , c, …\nrun-it: the files could not be read any more\n'
  assert.equal((await call(['run', 'a.py', '-o', 'x'], folder, { run: { artifactsOmitted } })).stderr, expected)
  assert.equal((await call(['artifacts', fakeRun.id], folder, { run: { artifactsOmitted } })).stderr, expected)
  assert.match((await call(['show', fakeRun.id], folder, { paths: ['a', 'b'] })).stdout, /Artifacts: +2 \(24 bytes\)\n/)
})
