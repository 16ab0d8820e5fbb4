import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { bossSchemaVersion } from '../../src/queue/create-boss.ts'
import { compareVersions, type SchemaMigration, thisVersion } from '../../src/store/migrations/release.ts'
import { PostgresDialectOf } from '../../src/store/postgres/postgres-dialect.ts'
import { PostgresPool } from '../../src/store/postgres/postgres-pool.ts'
import { postgresRelease } from '../../src/store/postgres/postgres-release.ts'
import { NodeSqlite } from '../../src/store/sqlite/node-sqlite.ts'
import { NodeSqliteDialect } from '../../src/store/sqlite/node-sqlite-dialect.ts'
import { sqliteRelease } from '../../src/store/sqlite/sqlite-release.ts'
import { TestPostgres } from '../support/postgres.ts'
import { faultsOf } from '../support/schema-shape.ts'

/** The last one of those that no program is without: whatever comes after it adds, and takes nothing away. */
const lastReleased = '0019-pools'

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

type Migrations = Readonly<Record<string, Migration>>

async function faultsInPostgres(migrations: Migrations) {
  const pool = new PostgresPool({ url: await postgres.createDatabase(), name: 'test', connections: 1 })
  try {
    await pool.query('create schema run_it')
    const rows = new Kysely<unknown>({ dialect: new PostgresDialectOf(pool) })
    return await faultsOf(rows, migrations, { lastReleased, isPostgres: true })
  } finally {
    await pool.end()
  }
}

async function faultsInSqlite(migrations: Migrations) {
  const sqlite = new NodeSqlite(':memory:', { busyTimeoutMs: 0 })
  try {
    const rows = new Kysely<unknown>({ dialect: new NodeSqliteDialect(sqlite) })
    return await faultsOf(rows, migrations, { lastReleased, isPostgres: false })
  } finally {
    sqlite.close()
  }
}

/** One that takes away says what it was for, and then no program that needs it may be let in any more. */
function mayTakeAway({ lastNeededBy }: SchemaMigration): boolean {
  return lastNeededBy !== undefined && compareVersions(thisVersion.compatibleFrom, lastNeededBy) > 0
}

for (const [shape, release, look] of [
  ['PostgreSQL', postgresRelease, faultsInPostgres],
  ['SQLite', sqliteRelease, faultsInSqlite],
] as const) {
  test(`no migration in ${shape} breaks programs of the minor version before`, async () => {
    const faults = await look(release.migrations)
    assert.equal(faults.size, Object.keys(release.migrations).filter(name => name > lastReleased).length)
    for (const [name, found] of faults) {
      const migration = release.migrations[name]
      if (migration === undefined || !mayTakeAway(migration)) assert.deepEqual(found, [], name)
    }
  })

  test(`what takes away, renames, narrows or asks for more is found in ${shape}`, async () => {
    const statements: Readonly<Record<string, readonly [string, RegExp]>> = {
      '9001-drop': ['alter table runs drop column summary', /^runs.summary is gone$/],
      '9002-rename': ['alter table runs rename column worker_id to holder_id', /^runs.worker_id is gone$/],
      '9003-drop-table': ['drop table images', /^images is gone/],
      '9004-ask': ["alter table meta add column more text not null default 'x'", /^$/],
      '9005-unique': ['create unique index meta_values on meta (value)', /^a new rule: meta CREATE UNIQUE/i],
      '9006-rename-table': ['alter table workers rename to machines', /^workers is gone/],
      ...(shape === 'PostgreSQL' && {
        '9007-narrow': ['alter table keys alter column name type varchar(10)', /^keys.name is varchar, and was text$/],
        '9008-null': ['alter table keys alter column limits drop not null', /^keys.limits may be null any more$/],
        '9009-must': ['alter table keys add column must text not null', /^keys.must must not be left out$/],
        '9010-check': ["alter table keys add check (name <> '')", /^a new rule: keys CHECK/],
      }),
    }
    const breaking = Object.entries(statements).map(([name, [text]]) => {
      const up = (database: Kysely<unknown>) => sql.raw(text).execute(database)
      return [name, { up: async (database: Kysely<unknown>) => void (await up(database)) }] as const
    })
    const faults = await look({ ...release.migrations, ...Object.fromEntries(breaking) })
    for (const [name, [, fault]] of Object.entries(statements)) assert.match(faults.get(name)?.[0] ?? '', fault, name)
  })
}

test("the version of the rows is the program's, and works beside the minor version before it and no other", () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.equal(thisVersion.version, /^\d+\.\d+/.exec(version)?.[0])
  const [major, minor] = thisVersion.version.split('.').map(Number)
  const [fromMajor, fromMinor] = thisVersion.compatibleFrom.split('.').map(Number)
  assert.ok(compareVersions(thisVersion.compatibleFrom, thisVersion.version) <= 0)
  if (fromMajor === major) assert.ok(Number(minor) - Number(fromMinor) <= 1)
  else assert.equal(minor, 0, 'beside the last one of the major version before works the first one alone')
})

test("pg-boss's tables are those that this version was made for", () => {
  const { pgboss } = createRequire(import.meta.url)('pg-boss/package.json')
  assert.equal(pgboss.schema, bossSchemaVersion, 'is an older pg-boss able to work with them? See CONTRIBUTING.md')
})
