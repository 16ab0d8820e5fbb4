import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Family } from './environment.ts'
import { readSelfTest } from './self-test.ts'

async function familyWith(context: TestContext, files: Readonly<Record<string, string>>): Promise<Family> {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-family-'))
  context.after(() => rm(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const recipe = { run: ['java', '{stem}'], env: {} }
  const rest = { aliases: [], versions: [], commands: true, limits: {}, compileLimits: {} }
  return { ...rest, name: 'java', title: 'Java', extensions: ['.java'], main: 'Main.java', recipe, folder }
}

test('a self-test has the programs of the folder, under the names of their files', async context => {
  const family = await familyWith(context, {
    'Hello.java': 'hello',
    'sample.java': 'sample',
    'sample.stdin': 'in',
    'sample.expected': 'out',
    'hello.txt': 'no program',
  })
  assert.deepEqual(await readSelfTest(family), {
    name: 'java',
    programs: [
      { program: 'hello', file: 'Hello.java', source: 'hello', stdin: '', expected: 'Hello, world!\n' },
      { program: 'sample', file: 'sample.java', source: 'sample', stdin: 'in', expected: 'out' },
    ],
  })
})

test("a folder need not have any: an operator's own", async context => {
  assert.deepEqual(await readSelfTest(await familyWith(context, {})), { name: 'java', programs: [] })
})

test('a sample without what it must print, or of no reasonable size, is told by name', async context => {
  const incomplete = await readSelfTest(await familyWith(context, { 'hello.java': '', 'sample.java': '' }))
  assert.match(incomplete.error ?? '', /sample\.(stdin|expected)/)
  assert.deepEqual(incomplete.programs, [])
  const large = await readSelfTest(await familyWith(context, { 'hello.java': 'x'.repeat(1024 * 1024 + 1) }))
  assert.match(large.error ?? '', /hello\.java is larger than/)
})
