import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '../store-error.ts'
import { isUnavailable, translatePostgresError } from './postgres-error.ts'

function codeOf(error: Error): string | undefined {
  const translated = translatePostgresError(error)
  return translated instanceof StoreError ? translated.code : undefined
}

test('what the operator can do something about is told as that, and a bug of ours stays as it is', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code })
  assert.equal(codeOf(failure('53300')), 'unavailable')
  assert.equal(codeOf(failure('08006')), 'unavailable')
  assert.equal(codeOf(failure('ECONNREFUSED')), 'unavailable')
  assert.equal(codeOf(new AggregateError([failure('ECONNREFUSED')])), 'unavailable')
  assert.equal(codeOf(new Error('Connection terminated unexpectedly')), 'unavailable')
  assert.equal(codeOf(failure('53100')), 'disk-full')
  assert.equal(codeOf(failure('23505')), undefined)
  assert.equal(codeOf(new Error('anything')), undefined)
})

test('a translated error is still known as what it is', () => {
  assert.equal(isUnavailable(translatePostgresError(new Error('Connection terminated'))), true)
  assert.equal(isUnavailable(new StoreError('disk-full', 'full')), false)
})
