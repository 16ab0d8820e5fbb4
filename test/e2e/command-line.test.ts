import assert from 'node:assert/strict'
import { type SpawnOptionsWithoutStdio, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { TestServer } from '../support/server.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const launcher = join(root, 'run-it')

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function runIt(
  args: readonly string[],
  options: SpawnOptionsWithoutStdio & { readonly input?: string } = {},
): Promise<Ended> {
  const { input = '', ...spawnOptions } = options
  const child = spawn(launcher, args, { cwd: root, ...spawnOptions })
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', reject)
  child.once('close', resolve)
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  return { code: await promise, stdout: stdout(), stderr: stderr() }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

suite('the command line', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function file(name: string, content: string): Promise<string> {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }

  const hellos = ['python/hello.py', 'javascript/hello.js', 'go/hello.go', 'c/hello.c', 'bash/hello.sh']
  for (const hello of hellos) {
    test(`run ${hello} prints Hello, world! on stdout and nothing else there`, async () => {
      const { code, stdout, stderr } = await runIt(['run', `environments/${hello}`])
      assert.deepEqual({ code, stdout }, { code: 0, stdout: 'Hello, world!\n' }, stderr)
    })
  }

  test('run passes standard input, arguments, standard error and the exit code through', async () => {
    const source = 'import sys\nprint(sys.stdin.read() + sys.argv[1])\nprint("oops", file=sys.stderr)\nsys.exit(42)'
    const ended = await runIt(['run', await file('io.py', source), '--', '--flag'], { input: 'grüße ' })
    assert.deepEqual(ended, { code: 42, stdout: 'grüße --flag\n', stderr: 'oops\n' })
  })

  test("run gives a typo in Go the compiler's own message on stderr, and an exit code that is not 0", async () => {
    const ended = await runIt(['run', await file('typo.go', 'package main\n\nfunc main() { retrun }\n')])
    assert.equal(ended.code, 65)
    assert.equal(ended.stdout, '')
    assert.match(ended.stderr, /typo\.go:3:\d+: .*retrun/)
  })

  test('run says in one line that a limit ended the program', async () => {
    const ended = await runIt(['run', '--timeout', '1', await file('loop.sh', 'echo before; while true; do :; done')])
    assert.equal(ended.code, 124)
    assert.equal(ended.stdout, 'before\n')
    assert.match(ended.stderr, /^run-it: timed out after 1 s.*\n$/)
  })

  test('run takes a folder, from wherever it is called', async () => {
    await file('main.py', 'import other\nprint(other.name)')
    await file('other.py', 'name = "other"')
    const ended = await runIt(['run', 'main.py', 'other.py'], { cwd: folder })
    assert.deepEqual([ended.code, ended.stdout], [0, 'other\n'], ended.stderr)
  })

  test('run --json prints the finished run', async () => {
    const { stdout, code } = await runIt(['run', '--json', 'environments/bash/hello.sh'])
    const run = JSON.parse(stdout)
    assert.equal(code, 0)
    assert.deepEqual(run.outcome, { kind: 'exited', code: 0 })
    assert.equal(run.stages[0].stdout.content, 'Hello, world!\n')
  })

  test('run --out writes the files that a program makes, and artifacts fetches those of a server', async () => {
    const source = 'import os\nos.makedirs("out")\nopen("out/a.bin", "wb").write(bytes(range(256)))\nprint("made")'
    const program = await file('make.py', source)
    const target = join(folder, 'made')
    const ended = await runIt(['run', program, '--out', target])
    assert.deepEqual(ended, { code: 0, stdout: 'made\n', stderr: '' })
    const expected = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    assert.deepEqual(await readFile(join(target, 'out/a.bin')), expected)
    assert.deepEqual(await readdir(target), ['out'])
    await using server = await TestServer.start()
    const env = { ...process.env, RUN_IT_SERVER: server.url }
    const run = JSON.parse((await runIt(['run', '--json', '--artifact', 'out/*', program], { env })).stdout)
    assert.equal((await runIt(['artifacts', run.id], { env })).stdout, 'out/a.bin\t256\tapplication/octet-stream\n')
    assert.equal((await runIt(['artifacts', run.id, '-o', 'again'], { env, cwd: folder })).code, 0)
    assert.deepEqual(await readFile(join(folder, 'again/out/a.bin')), expected)
  })

  test('mistakes get a clear line and an exit code of ours', async () => {
    const missing = await runIt(['run', 'no-such-file.py'])
    assert.equal(missing.code, 66)
    assert.match(missing.stderr, /no-such-file\.py/)
    const environment = await runIt(['run', '--env', 'pyton', 'environments/python/hello.py'])
    assert.notEqual(environment.code, 0)
    assert.match(environment.stderr, /python/)
    const command = await runIt(['rnu'])
    assert.equal(command.code, 64)
    assert.match(command.stderr, /run/)
  })

  test('list, show, logs and cancel talk to a server', async () => {
    await using server = await TestServer.start()
    const env = { ...process.env, RUN_IT_SERVER: server.url }
    const ran = await runIt(['run', 'environments/bash/hello.sh'], { env })
    assert.deepEqual([ran.code, ran.stdout], [0, 'Hello, world!\n'], ran.stderr)
    const list = await runIt(['list'], { env })
    const [id = ''] = list.stdout.split('\t')
    assert.match(id, /^[0-9A-Z]{26}$/)
    assert.match((await runIt(['show', id], { env })).stdout, /exit code 0/)
    assert.equal((await runIt(['logs', '--follow', id], { env })).stdout, 'Hello, world!\n')
    assert.equal((await runIt(['cancel', id], { env })).code, 0)
    const unknown = await runIt(['show', '01ARZ3NDEKTSV4RRFFQ69G5FAV'], { env })
    assert.notEqual(unknown.code, 0)
    assert.match(unknown.stderr, /no run|no such run/i)
  })

  test('doctor finds nothing that fails on a machine that runs programs', async () => {
    const { code, stdout, stderr } = await runIt(['doctor', '--json'])
    assert.equal(code, 0, stdout + stderr)
    assert.ok(JSON.stringify(JSON.parse(stdout)).includes('engine'))
  })
})
