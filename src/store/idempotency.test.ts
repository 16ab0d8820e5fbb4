import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Database } from './database.ts'
import { forgetIdempotencyKeys, madeBefore } from './idempotency.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

async function open(context: TestContext): Promise<Database> {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  return database
}

const send = (database: Database, digest: string, parts: { keyId?: string; id?: string; at?: number } = {}) =>
  database.transaction(transaction => {
    const { keyId = '', id = 'new', at = 0 } = parts
    return madeBefore({ keyId, digest, fingerprint: 'f', at: new Date(at) }, id, transaction)
  })

test('everybody has idempotency keys of his own', async context => {
  const database = await open(context)
  assert.equal(await send(database, 'a', { id: 'first' }), undefined)
  assert.equal(await send(database, 'a', { keyId: 'k', id: 'other' }), undefined)
  assert.equal(await send(database, 'a'), 'first')
  assert.equal(await send(database, 'a', { keyId: 'k' }), 'other')
})

test('a transaction that fails leaves the key unused', async context => {
  const database = await open(context)
  const failing = database.transaction(async transaction => {
    await madeBefore({ keyId: '', digest: 'a', fingerprint: 'f', at: new Date() }, 'id', transaction)
    throw new Error('no')
  })
  await assert.rejects(failing)
  assert.equal(await send(database, 'a'), undefined)
})

test('old idempotency keys are forgotten, the oldest first, so many at a time', async context => {
  const database = await open(context)
  for (let at = 1; at <= 9; at++) await send(database, `k${at}`, { at })
  const forget = (limit: number) =>
    database.transaction(transaction => forgetIdempotencyKeys({ before: new Date(8), limit }, transaction))
  assert.deepEqual([await forget(5), await forget(5), await forget(5)], [5, 2, 0])
  const left = await database.rows.selectFrom('idempotency_keys').select('digest').execute()
  assert.deepEqual(left.map(row => row.digest).toSorted(), ['k8', 'k9'])
})
