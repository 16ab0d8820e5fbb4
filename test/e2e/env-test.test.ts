import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sandboxesOfProcess } from '../support/sandboxes.ts'
import { waitFor } from '../support/wait-for.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function envTest(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const argv = ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'env', 'test', ...args]
  const child = spawn(process.execPath, argv, { cwd: root, env: { ...process.env, ...variables } })
  child.stdin.end()
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { child, ended: ended.then(([stdout, stderr, [code]]) => ({ stdout, stderr, code })) }
}

/** An operator's folder with a copy of one of ours, in which some files are others. */
async function folderWith(context: TestContext, name: string, files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  await cp(join(root, 'environments', name), join(folder, name), { recursive: true })
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, name, file), content)
  return { RUN_IT_ENVIRONMENTS_DIRECTORY: folder }
}

suite('env test', () => {
  test('proves environments, and leaves no sandbox behind', async () => {
    const { child, ended } = envTest(['sql', 'lua', 'gawk', 'bf', 'bash'])
    const { code, stdout, stderr } = await ended
    assert.equal(code, 0, stderr)
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map(row => row.split('\t'))
    assert.deepEqual(
      rows.map(([name, , , , , ok]) => [name, ok]),
      ['awk', 'bash', 'brainfuck', 'lua', 'sql'].map(name => [name, 'ok']),
    )
    for (const [, version, size, cold, warm] of rows) {
      assert.match(version ?? '', /^\d+(\.\d+)+$/)
      assert.match(size ?? '', /^[\d.]+ [MG]iB$/)
      for (const time of [cold, warm]) assert.match(time ?? '', /^[\d.]+ (ms|s)$/)
    }
    assert.match(stderr, /5 environments: all well\n$/)
    assert.deepEqual(await sandboxesOfProcess(child.pid ?? 0), [])
  })

  test('shows what a program printed instead of what was expected', async context => {
    const variables = await folderWith(context, 'awk', { 'sample.expected': '4 the\n' })
    const { code, stdout, stderr } = await envTest([], variables).ended
    assert.equal(code, 1)
    assert.match(stdout, /^awk\t5.*\tFAILED: sample\n$/)
    assert.match(stderr, /awk: sample: exit code 0\n {2}expected:\n {4}4 the\n {2}stdout:\n {4}4 the\n {4}2 on\n/)
  })

  test('Ctrl-C ends it, and what runs', async context => {
    const variables = await folderWith(context, 'bash', { 'hello.sh': 'sleep 60' })
    const { child, ended } = envTest([], variables)
    const isRunning = async () => (await sandboxesOfProcess(child.pid ?? 0)).some(({ State }) => State === 'running')
    await waitFor('the program to run', isRunning)
    child.kill('SIGINT')
    const { code, stdout } = await ended
    assert.deepEqual([code, stdout], [130, ''])
    await waitFor('the sandboxes to be gone', async () => (await sandboxesOfProcess(child.pid ?? 0)).length === 0)
  })
})
