import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { exampleHouse } from '../../../test/support/example-house.ts'
import { exampleRun } from '../../../test/support/example-run.ts'
import type { Database, StoreTransaction } from '../database.ts'
import { NodeSqlite } from './node-sqlite.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openMemoryDatabase } from './open-sqlite-database.ts'

async function open(context: TestContext): Promise<Database> {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  return database
}

const put = (name: string) => async (transaction: StoreTransaction) => {
  await transaction.rows.insertInto('meta').values({ name, value: '' }).execute()
}

const names = async (database: Database) =>
  (
    await database.rows
      .selectFrom('meta')
      .select('name')
      .where('name', 'not like', 'schema_%')
      .orderBy('name')
      .execute()
  ).map(row => row.name)

test('a transaction that fails leaves nothing and publishes nothing', async context => {
  const database = await open(context)
  let hints = 0
  database.hints.subscribe('queue', () => {
    hints += 1
  })
  const failing = database.transaction(async transaction => {
    await put('a')(transaction)
    transaction.hint('queue')
    throw new Error('no')
  })
  await assert.rejects(failing, /^Error: no$/)
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(await names(database), ['installation_id'])
  assert.equal(hints, 0)
})

test('a hint finds what its transaction wrote', { timeout: 10_000 }, async context => {
  const database = await open(context)
  const seen = new Promise<string[]>(resolve => database.hints.subscribe('queue', () => resolve(names(database))))
  await database.transaction(async transaction => {
    transaction.hint('queue')
    await put('a')(transaction)
  })
  assert.deepEqual(await seen, ['a', 'installation_id'])
})

test('a transaction or a read inside a transaction is refused instead of waiting for itself', async context => {
  const database = await open(context)
  const refused = /Inside a transaction the database is used through it/
  const nested = database.transaction(() => database.transaction(put('a')))
  await assert.rejects(nested, refused)
  await assert.rejects(
    database.transaction(() => names(database)),
    refused,
  )
  await assert.rejects(
    database.transaction(() => database.close()),
    refused,
  )
  await database.transaction(put('b'))
  assert.deepEqual(await names(database), ['b', 'installation_id'])
})

test('work that a transaction started and left behind may use the database after it', async context => {
  const database = await open(context)
  const ended = Promise.withResolvers<void>()
  const left: Promise<string[]>[] = []
  await database.transaction(async () => {
    left.push(ended.promise.then(() => names(database)))
  })
  ended.resolve()
  assert.deepEqual(await Promise.all(left), [['installation_id']])
})

test('transactions and reads take turns in the order in which they came', async context => {
  const database = await open(context)
  const order: number[] = []
  const turn = (place: number) =>
    place % 3 === 0
      ? names(database).then(() => order.push(place))
      : database.transaction(async transaction => {
          await put(String(place))(transaction)
          order.push(place)
        })
  await Promise.all(Array.from({ length: 60 }, (_, place) => turn(place)))
  const writes = order.filter(place => place % 3 !== 0)
  assert.deepEqual(
    writes,
    [...writes].sort((a, b) => a - b),
  )
  assert.equal(order.length, 60)
})

test('a newcomer takes his place behind those who wait', async () => {
  const driver = new NodeSqliteDialect(new NodeSqlite(':memory:', { busyTimeoutMs: 0 })).createDriver()
  await driver.init()
  const order: string[] = []
  const connection = await driver.acquireConnection()
  const waiter = driver.acquireConnection().then(() => order.push('waiter'))
  const release = driver.releaseConnection(connection)
  const newcomer = driver.acquireConnection().then(() => order.push('newcomer'))
  await Promise.all([waiter, release])
  assert.deepEqual(order, ['waiter'])
  await driver.releaseConnection(connection)
  await newcomer
  assert.deepEqual(order, ['waiter', 'newcomer'])
  await driver.destroy()
})

test('closing waits for what was begun, and may be repeated', async () => {
  const database = await openMemoryDatabase()
  const writing = database.transaction(put('a'))
  const closing = Promise.all([database.close(), database.close()])
  await writing
  await closing
  await assert.rejects(database.transaction(put('b')), /is closed/)
})

test('a full disk is said, leaves nothing half, and passes', async context => {
  const database = await open(context)
  const { lifecycle, runs, queue } = exampleHouse(database)
  const { rows: used } = await sql<{ page_count: number }>`pragma page_count`.execute(database.rows)
  const limit = (pages: number) => sql`pragma max_page_count = ${sql.raw(String(pages))}`.execute(database.rows)
  await limit((used[0]?.page_count ?? 0) + 3)
  const large = exampleRun()
  const files = [{ path: 'a', content: 'x'.repeat(100_000), encoding: 'utf8' as const }]
  const submission = lifecycle.submit({ ...large, request: { ...large.request, files } })
  await assert.rejects(submission, { name: 'StoreError', code: 'disk-full' })
  assert.equal(await runs.find(large.id), undefined)
  assert.equal(await queue.depth(), 0)
  await limit(100_000)
  await lifecycle.submit(large)
  assert.equal((await runs.find(large.id))?.state, 'queued')
})
