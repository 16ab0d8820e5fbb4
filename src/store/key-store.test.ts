import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleKey, exampleKeys } from '../../test/support/example-key.ts'
import { newKeyText, readKeyText } from '../run/key-text.ts'
import { KeyStore } from './key-store.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

test('a secret opens its key as long as it is not revoked, in every store over the database at once', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const [one, other] = [new KeyStore(database), new KeyStore(database)]
  const { alice } = await exampleKeys(one, { runsPerMinute: 7, environments: ['go'], limits: { processes: 5 } })
  const secret = readKeyText(alice.secret)
  assert.ok(secret)
  assert.deepEqual(await other.open(secret), { ...alice.key, revokedAt: undefined })
  assert.equal(await other.open({ ...secret, hash: readKeyText(newKeyText(secret.id).text)?.hash ?? '' }), undefined)
  let hints = 0
  context.after(database.hints.subscribe(`key:${secret.id}`, () => void hints++))
  assert.equal(await other.revoke(secret.id, new Date()), 'revoked')
  assert.equal(await one.open(secret), undefined)
  assert.deepEqual(await one.revokedOf([secret.id]), [secret.id])
  assert.equal(await one.revoke(secret.id, new Date()), 'revoked')
  assert.equal(hints, 1)
})

test('that there is a key is known to every store over the database as soon as it is made, and not if it was not', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const [one, other] = [new KeyStore(database), new KeyStore(database)]
  assert.deepEqual([await one.exist(), await other.exist()], [false, false])
  await assert.rejects(exampleKey(one))
  assert.equal(await other.exist(), false)
  // Whoever looks while it is made must not remember that there was none.
  await Promise.all([other.exist(), exampleKey(one, { scopes: ['admin'] }), other.exist()])
  assert.deepEqual([await one.exist(), await other.exist()], [true, true])
})

test('of a key only the digest of its secret is kept', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const { alice } = await exampleKeys(new KeyStore(database))
  const rows = JSON.stringify(await database.rows.selectFrom('keys').selectAll().execute())
  assert.ok(!rows.includes(alice.secret.slice(33)) && !rows.includes(alice.secret.slice(33, -6)))
})

test('the last administrator cannot be revoked, but one of two can', async context => {
  const database = await openMemoryDatabase()
  context.after(() => database.close())
  const keys = new KeyStore(database)
  assert.equal(await keys.exist(), false)
  const { admin } = await exampleKeys(keys)
  assert.equal(await keys.exist(), true)
  assert.equal(await keys.revoke(admin.key.id, new Date()), 'last-admin')
})
