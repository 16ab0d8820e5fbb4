import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { RunItError } from '../../sdk/src/client.ts'
import type { RunSubmission } from '../../sdk/src/types.ts'
import { TestServer } from '../support/server.ts'
import { assertExited, attackedServer, stdoutOf } from './target.ts'

const KiB = 1024

function refusedAs(code: string) {
  return (error: unknown) => error instanceof RunItError && error.problem.code === code
}

suite('commands', () => {
  const target = attackedServer()
  const show = { path: 'show.sh', content: 'for a; do echo "<$a>"; done' }

  function run(command: readonly string[], more: Partial<RunSubmission> = {}) {
    return target.run({ environment: 'bash', files: [show], run: { command: [...command] }, ...more })
  }

  test('what a shell would do with an argument is not done', async () => {
    const evil = ['$(id)', '`id`', '; id', '| id', '*', '~', '$HOME', '{main}', '{sources}', '-c', '', ' ', '\n', '"']
    const finished = await run(['bash', 'show.sh', ...evil], { args: ['$PATH'] })
    assertExited(finished)
    assert.equal(stdoutOf(finished), [...evil, '$PATH'].map(text => `<${text}>\n`).join(''))
  })

  test('a command that is none, has a NUL, or is too long is refused', async () => {
    const submit = (fields: Partial<RunSubmission>) =>
      target.server.client.runs.submit({ environment: 'bash', source: 'true', ...fields })
    const commands = {
      'no program': [''],
      'a NUL': ['bash', 'a\0b'],
      'a NUL in the program': ['ba\0sh'],
      'half of a character': ['bash', '\ud800'],
      'too many': Array.from({ length: 257 }, () => 'x'),
      'too long': ['bash', 'x'.repeat(100 * KiB)],
      'a string': 'bash -c id' as unknown as string[],
    }
    for (const [name, command] of Object.entries(commands)) {
      await assert.rejects(submit({ run: { command } }), refusedAs('invalid-request'), name)
      await assert.rejects(submit({ compile: { command } }), refusedAs('invalid-request'), name)
    }
  })

  test('a program by a path that leads elsewhere is one of the sandbox, with no more rights in it', async () => {
    const bash = ['../bin/bash', '../../../../bin/bash', '/proc/self/root/bin/bash', './../bin/bash']
    for (const program of bash) {
      const finished = await run([program, '-c', 'id -u; cat /etc/shadow'])
      assert.match(stdoutOf(finished), /^1\d{4}\n$/, program)
      assert.deepEqual(finished.outcome, { kind: 'exited', code: 1 }, program)
    }
    for (const program of ['/.run-it/init', '/proc/1/exe', './show.sh', 'show.sh', 'nowhere', '/code', '.', '..']) {
      const finished = await run([program])
      assert.ok(finished.outcome?.kind === 'exited' && finished.outcome.code !== 0, program)
      assert.equal(stdoutOf(finished), '', program)
    }
  })

  test('a compile command has its own limits, and what it leaves running does not see the run', async () => {
    const slow = await run(['true'], { compile: { command: ['sleep', '60'], limits: { wallTimeMs: 300 } } })
    assert.deepEqual(slow.outcome, { kind: 'compile-failed' })
    const left = await run(['bash', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "[s]leep 77"; ls'], {
      compile: { command: ['bash', '-c', 'sleep 77 & disown; echo made > made.txt'] },
    })
    assert.equal(stdoutOf(left), '0\nmade.txt\nshow.sh\n')
  })

  test('tests are run by the command, each in a clean sandbox', async () => {
    const finished = await run(['bash', '-c', 'read x; echo "$x $1 $(ls | wc -l)"; touch left', 'name'], {
      compile: { command: ['touch', 'compiled'] },
      args: ['a'],
      tests: [
        { stdin: '1', expected: '1 a 2' },
        { stdin: '2', args: ['b'], expected: '2 b 2' },
        { stdin: '3', expected: '3 a 3' },
      ],
    })
    assert.deepEqual(
      finished.stages.map(stage => stage.test?.verdict ?? stage.name),
      ['compile', 'accepted', 'accepted', 'wrong-answer'],
    )
  })

  test('a run that is repeated has its commands again', async () => {
    const first = await run(['bash', 'show.sh', 'once'], { compile: { command: ['touch', 'x'] } })
    const again = await target.server.client.runs.rerun(first.id, { wait: 60 })
    assert.equal(stdoutOf(again), '<once>\n')
    assert.deepEqual(
      again.stages.map(stage => stage.name),
      ['compile', 'run'],
    )
  })
})

suite('an environment that allows no commands', () => {
  let folder: string
  let server: TestServer
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    await mkdir(join(folder, 'strict'))
    const recipe = 'extensions: [.sh]\nmain: main.sh\nrun: [sh, "{main}"]\ncommands: false\n'
    const yaml = `title: Strict\nimage: strict:{version}\nversions: ["1.0.0"]\n${recipe}`
    await writeFile(join(folder, 'strict', 'environment.yaml'), yaml)
    server = await TestServer.start({ flags: ['--environments', folder, '--no-pull'] })
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test('takes none, not even in a batch or in a checker', async () => {
    const { client } = server
    const strict = { environment: 'strict', source: 'true' }
    const own = { ...strict, run: { command: ['sh'] } }
    await assert.rejects(client.runs.submit(own), refusedAs('command-not-allowed'))
    await assert.rejects(client.runs.submit({ ...strict, compile: { command: [] } }), refusedAs('command-not-allowed'))
    await assert.rejects(client.batches.submit([strict, own]), refusedAs('command-not-allowed'))
    const checker = { ...own, environment: 'bash' }
    const submission = { ...strict, tests: [{ checker }] } as unknown as RunSubmission
    await assert.rejects(client.runs.submit(submission), refusedAs('invalid-request'))
    const [first] = (await client.environments.list()).filter(({ name }) => name === 'strict')
    assert.equal(first?.commands, false)
  })
})
