import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { exampleHouse } from '../../../test/support/example-house.ts'
import { exampleRun } from '../../../test/support/example-run.ts'
import { minorAfter, releaseAfter } from '../../../test/support/releases.ts'
import { openSqliteDatabase } from '../sqlite/open-sqlite-database.ts'
import { sqliteRelease } from '../sqlite/sqlite-release.ts'
import { compareVersions, type Release } from './release.ts'

function directoryOf(context: TestContext): string {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'run-it-migrate-'))
  context.after(() => rmSync(dataDirectory, { recursive: true, force: true }))
  return dataDirectory
}

/** Opens it as a release does, and gives the runs that it finds there, with one more. */
async function runsWith(dataDirectory: string, release: Release): Promise<number> {
  const database = await openSqliteDatabase({ dataDirectory, release })
  try {
    const { lifecycle, runs } = exampleHouse(database)
    await lifecycle.submit(exampleRun())
    return (await runs.countByState()).queued
  } finally {
    await database.close()
  }
}

function askFile(dataDirectory: string, query: string): readonly unknown[] {
  const file = new DatabaseSync(join(dataDirectory, 'run-it.db'))
  try {
    return file
      .prepare(query)
      .all()
      .map(row => Object.values(row)[0])
  } finally {
    file.close()
  }
}

const writtenVersions = "select value from meta where name like 'schema_%' order by name desc"

test('a file goes a minor version forward and back, and keeps its runs and what the newer one made', async context => {
  const directory = directoryOf(context)
  assert.equal(await runsWith(directory, sqliteRelease), 1)
  assert.deepEqual(askFile(directory, writtenVersions), [minorAfter(0), minorAfter(0)])
  const next = releaseAfter(1, sqliteRelease)
  assert.equal(await runsWith(directory, next), 2)
  assert.deepEqual(askFile(directory, writtenVersions), [minorAfter(1), minorAfter(0)])
  assert.equal(await runsWith(directory, sqliteRelease), 3)
  // The older one has not told it that it is an older one's now.
  assert.deepEqual(askFile(directory, writtenVersions), [minorAfter(1), minorAfter(0)])
  assert.deepEqual(askFile(directory, 'select added_1 from runs'), [null, null, null])
  assert.equal(await runsWith(directory, next), 4)
})

test('a file does not go two minor versions back, and whoever tries is told of both', async context => {
  const directory = directoryOf(context)
  await runsWith(directory, sqliteRelease)
  await runsWith(directory, releaseAfter(2, sqliteRelease))
  await assert.rejects(runsWith(directory, sqliteRelease), {
    code: 'newer-version',
    message: new RegExp(
      `that of run-it ${minorAfter(2)}, which works with run-it ${minorAfter(1)} and later. This is run-it ${minorAfter(0)}:`,
    ),
  })
  assert.equal(await runsWith(directory, releaseAfter(1, sqliteRelease)), 3)
})

test('a file of a minor version that was long ago is brought up to date', async context => {
  const directory = directoryOf(context)
  await runsWith(directory, sqliteRelease)
  assert.equal(await runsWith(directory, releaseAfter(3, sqliteRelease)), 2)
  assert.deepEqual(askFile(directory, writtenVersions), [minorAfter(3), minorAfter(2)])
})

test('what a build of the same version added is worked with, and what is missing is added, in whatever order', async context => {
  const directory = directoryOf(context)
  const [one, other] = [releaseAfter(1, sqliteRelease), releaseAfter(2, sqliteRelease)]
  const { '9010-added': first, ...rest } = other.migrations
  assert.ok(first)
  await runsWith(directory, { ...one, migrations: rest })
  await runsWith(directory, one)
  assert.equal(askFile(directory, "select name from kysely_migration where name like '90%'").length, 2)
})

test('a file that was made before versions were written down has its version written down', async context => {
  const directory = directoryOf(context)
  await runsWith(directory, sqliteRelease)
  askFile(directory, "delete from meta where name like 'schema_%' returning name")
  assert.equal(await runsWith(directory, sqliteRelease), 2)
  assert.deepEqual(askFile(directory, writtenVersions), [minorAfter(0), minorAfter(0)])
})

test('versions are compared as numbers', () => {
  const sorted = ['1.0', '0.10', '0.9', '0.2'].toSorted(compareVersions)
  assert.deepEqual(sorted, ['0.2', '0.9', '0.10', '1.0'])
})
