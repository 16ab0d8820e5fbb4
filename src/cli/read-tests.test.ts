import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CommandError, exitCodes } from './exit-code.ts'
import { readTests } from './read-tests.ts'

async function folderWith(context: TestContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

function fails(exitCode: number, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CommandError)
    assert.equal(error.exitCode, exitCode)
    assert.match(error.message, message)
    return true
  }
}

test('a folder has a test for each input, in the order of their numbers', async context => {
  const folder = await folderWith(context, {
    '10.in': 'c',
    '10.out': 'C',
    '2.in': 'b',
    '2.ans': 'B',
    '1.in': new Uint8Array([0xff]),
    '1.out': '',
    '3.out': 'nobody asked',
    'readme.txt': '',
  })
  const { tests } = await readTests({ tests: '.' }, folder)
  const text = (content: string) => ({ content, encoding: 'utf8' })
  assert.deepEqual(tests, [
    { name: '1', stdin: { content: '/w==', encoding: 'base64' }, expected: text('') },
    { name: '2', stdin: text('b'), expected: text('B') },
    { name: '10', stdin: text('c'), expected: text('C') },
  ])
})

test('a folder without tests, or with half a test, is told', async context => {
  const folder = await folderWith(context, { 'a.out': '' })
  await assert.rejects(readTests({ tests: '.' }, folder), fails(exitCodes.noInput, /no \*\.in/))
  await writeFile(join(folder, 'b.in'), '')
  await assert.rejects(readTests({ tests: '.' }, folder), fails(exitCodes.noInput, /no b\.out for b\.in/))
  await assert.rejects(readTests({ tests: 'nowhere' }, folder), fails(exitCodes.noInput, /nowhere/))
})

test('a file has a list of tests, or an object with one; what the command line says comes first', async context => {
  const tests = [{ stdin: '1' }]
  const folder = await folderWith(context, {
    'list.json': JSON.stringify(tests),
    'object.json': JSON.stringify({ tests, checker: 'tokens', stopOnFailure: false }),
  })
  assert.deepEqual(await readTests({ tests: 'list.json' }, folder), { tests })
  assert.deepEqual(await readTests({ tests: 'object.json' }, folder), {
    tests,
    checker: 'tokens',
    stopOnFailure: false,
  })
  assert.deepEqual(await readTests({ tests: 'object.json', checker: 'exact', stopOnFailure: true }, folder), {
    tests,
    checker: 'exact',
    stopOnFailure: true,
  })
})

test('a file without tests, or with more than tests, is told', async context => {
  const contents = [
    '[',
    'null',
    '1',
    '"tests"',
    '{}',
    '{"test": []}',
    '{"tests": {}}',
    '{"tests": [], "network": true}',
  ]
  const folder = await folderWith(context, {})
  for (const content of contents) {
    await writeFile(join(folder, 'tests.json'), content)
    await assert.rejects(readTests({ tests: 'tests.json' }, folder), fails(exitCodes.data, /tests\.json/), content)
  }
})

test('what is for tests needs them', async () => {
  assert.deepEqual(await readTests({}, '/'), {})
  await assert.rejects(readTests({ checker: 'exact' }, '/'), fails(exitCodes.usage, /--checker/))
  await assert.rejects(readTests({ stopOnFailure: true }, '/'), fails(exitCodes.usage, /--stop-on-failure/))
})
