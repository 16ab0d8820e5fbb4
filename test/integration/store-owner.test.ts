import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openSqliteDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'

const holder = fileURLToPath(new URL('../support/hold-database.ts', import.meta.url))

function dataDirectoryOf(context: TestContext): string {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'run-it-store-'))
  context.after(() => rmSync(dataDirectory, { recursive: true, force: true }))
  return dataDirectory
}

async function hold(context: TestContext, dataDirectory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [holder, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'] })
  context.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

test('a second process is told who has the data directory', { timeout: 20_000 }, async context => {
  const dataDirectory = dataDirectoryOf(context)
  const child = await hold(context, dataDirectory)
  const { startedAt } = JSON.parse(readFileSync(join(dataDirectory, 'owner.json'), 'utf8'))
  assert.match(startedAt, /^\d{4}-\d\d-\d\dT/)
  await assert.rejects(openSqliteDatabase({ dataDirectory }), {
    name: 'StoreError',
    code: 'in-use',
    message: `The data directory ${dataDirectory} is in use by process ${child.pid}, which started at ${startedAt}. Stop it, or choose another directory.`,
  })
})

test('a data directory that a killed process left is free', { timeout: 20_000 }, async context => {
  const dataDirectory = dataDirectoryOf(context)
  const child = await hold(context, dataDirectory)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok(existsSync(join(dataDirectory, 'owner.json')))
  const database = await openSqliteDatabase({ dataDirectory })
  assert.equal(JSON.parse(readFileSync(join(dataDirectory, 'owner.json'), 'utf8')).processId, process.pid)
  await database.close()
  assert.ok(!existsSync(join(dataDirectory, 'owner.json')))
})
