import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from './database.ts'
import { type Place, prepare, prepareLoosely } from './prepared.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

test('a query that was built once is executed with the values of each call', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  let built = 0
  const insert = prepare((rows, value: Place<{ name: string; value: string }>) => {
    built += 1
    return rows.insertInto('meta').values({ name: value('name'), value: value('value') })
  })
  const find = prepare((rows, value: Place<{ name: string; least: string }>) =>
    rows
      .selectFrom('meta')
      .select('value')
      .where('name', '=', value('name'))
      .where('value', '>=', value('least'))
      .where('value', '<>', 'a constant'),
  )
  await database.transaction(async ({ rows }) => {
    await insert(rows, { name: 'one', value: 'x' })
    await insert(rows, { name: 'two', value: 'y' })
  })
  const found = async (name: string, least: string, { rows }: Pick<Database, 'rows'> = database) =>
    (await find(rows, { name, least })).map(row => row.value)
  await database.transaction(async transaction => {
    await insert(transaction.rows, { name: 'three', value: 'a constant' })
    assert.deepEqual(await found('two', '', transaction), ['y'])
  })
  assert.equal(built, 1)
  assert.deepEqual(await found('one', 'x'), ['x'])
  assert.deepEqual(await found('one', 'y'), [])
  assert.deepEqual(await found('three', ''), [])
})

test('a query of a transaction that has ended is refused', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const insert = prepareLoosely((rows, value) =>
    rows.insertInto('meta').values({ name: value('name'), value: value('value') }),
  )
  const ended = await database.transaction(async ({ rows }) => rows)
  const late = () => insert(ended, { name: 'late', value: 'x' })
  await assert.rejects(late, /committed/)
  await database.transaction(async () => assert.rejects(late, /committed/))
})

test('values that a call leaves out are refused', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const insert = prepareLoosely((rows, value) =>
    rows.insertInto('meta').values({ name: value('name'), value: value('value') }),
  )
  await assert.rejects(
    database.transaction(({ rows }) => insert(rows, { name: 'four' })),
    /was given no value/,
  )
})
