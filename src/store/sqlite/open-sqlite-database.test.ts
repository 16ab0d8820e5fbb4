import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { exampleHouse } from '../../../test/support/example-house.ts'
import { exampleRun } from '../../../test/support/example-run.ts'
import { openSqliteDatabase } from './open-sqlite-database.ts'

function dataDirectoryOf(context: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'run-it-store-'))
  context.after(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'data')
}

test('a database keeps its runs and its installation over a restart', async context => {
  const dataDirectory = dataDirectoryOf(context)
  const first = await openSqliteDatabase({ dataDirectory })
  const run = await exampleHouse(first).lifecycle.submit(exampleRun())
  await first.close()
  const second = await openSqliteDatabase({ dataDirectory })
  context.after(() => second.close())
  assert.match(first.installationId, /^[0-9a-f-]{36}$/)
  assert.equal(second.installationId, first.installationId)
  assert.deepEqual(await exampleHouse(second).runs.find(run.id), run)
})

test('a database is readable by its owner alone', async context => {
  const dataDirectory = dataDirectoryOf(context)
  const database = await openSqliteDatabase({ dataDirectory })
  context.after(() => database.close())
  assert.equal(statSync(dataDirectory).mode & 0o777, 0o700)
  for (const file of ['run-it.db', 'run-it.db-wal', 'owner.json']) {
    assert.equal(statSync(join(dataDirectory, file)).mode & 0o077, 0, file)
  }
})

test('a refused second opening leaves the first one working', async context => {
  const dataDirectory = dataDirectoryOf(context)
  const database = await openSqliteDatabase({ dataDirectory })
  context.after(() => database.close())
  await assert.rejects(openSqliteDatabase({ dataDirectory }), { code: 'in-use' })
  await exampleHouse(database).lifecycle.submit(exampleRun())
})

test('a data directory below a file is refused, by name', async context => {
  const dataDirectory = dataDirectoryOf(context)
  writeFileSync(dataDirectory, '')
  const below = join(dataDirectory, 'deeper')
  await assert.rejects(openSqliteDatabase({ dataDirectory: below }), error => {
    assert.ok(error instanceof Error && 'code' in error)
    assert.equal(error.code, 'not-writable')
    assert.ok(error.message.includes(below), error.message)
    return true
  })
})

test('a folder in the place of the database is refused', async context => {
  const dataDirectory = dataDirectoryOf(context)
  mkdirSync(join(dataDirectory, 'run-it.db'), { recursive: true })
  await assert.rejects(openSqliteDatabase({ dataDirectory }), { code: 'not-writable' })
})

test('a file that is no database is refused and left alone', async context => {
  const dataDirectory = dataDirectoryOf(context)
  mkdirSync(dataDirectory)
  const file = join(dataDirectory, 'run-it.db')
  const content = 'a letter to my grandmother\n'.repeat(100)
  writeFileSync(file, content)
  chmodSync(file, 0o600)
  await assert.rejects(openSqliteDatabase({ dataDirectory }), { name: 'StoreError', code: 'corrupt' })
  assert.equal(readFileSync(file, 'utf8'), content)
})

test('a database of a newer version that has not told who may work with it is refused and left alone', async context => {
  const dataDirectory = dataDirectoryOf(context)
  await (await openSqliteDatabase({ dataDirectory })).close()
  const file = join(dataDirectory, 'run-it.db')
  const newer = new DatabaseSync(file)
  newer.exec(`insert into kysely_migration (name, timestamp) values ('0999-of-tomorrow', '2030-01-01T00:00:00Z')`)
  newer.exec(`delete from meta where name like 'schema_%'`)
  newer.close()
  await assert.rejects(openSqliteDatabase({ dataDirectory }), { code: 'newer-version', message: /0999-of-tomorrow/ })
  // It is not held either.
  const after = new DatabaseSync(file)
  assert.equal(after.prepare('select max(name) as last from kysely_migration').get()?.last, '0999-of-tomorrow')
  after.close()
})
