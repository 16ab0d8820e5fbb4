import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { openPostgresDatabase } from '../../src/store/postgres/open-postgres-database.ts'
import { postgresRelease } from '../../src/store/postgres/postgres-release.ts'
import { TestPostgres } from '../support/postgres.ts'
import { releaseAfter } from '../support/releases.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

const open = (url: string, distance: number) =>
  openPostgresDatabase({ url, connections: 2, release: releaseAfter(distance, postgresRelease) })

test('a table that somebody holds is not waited for while everybody else waits behind, and the change is made later', {
  timeout: 120_000,
}, async context => {
  const url = await postgres.createDatabase()
  const database = await open(url, 0)
  context.after(() => database.close())
  const dump = new pg.Client({ connectionString: url })
  await dump.connect()
  await dump.query('begin; lock table run_it.runs in access share mode')
  await assert.rejects(open(url, 1), { code: 'unavailable', message: /one of them is in use/ })
  // It gave its own place in the line up, too.
  await database.rows.selectFrom('runs').select('id').execute()
  await dump.end()
  const next = await open(url, 1)
  await next.close()
})
