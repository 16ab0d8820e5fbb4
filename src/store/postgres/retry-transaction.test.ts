import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '../store-error.ts'
import { retryTransaction } from './retry-transaction.ts'

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** Fails once for each of the errors, then gives how often it was made. */
function maker(errors: readonly Error[], options: { readonly whileCommitting?: boolean } = {}) {
  let made = 0
  return async (onCommit: () => void) => {
    const error = errors[made]
    made += 1
    if (options.whileCommitting || error === undefined) onCommit()
    if (error !== undefined) throw error
    return made
  }
}

test('a transaction is made again after a deadlock, a conflict, and a connection that was cut', async () => {
  for (const code of ['40P01', '40001', 'ECONNRESET', '57P01', '25P03']) {
    assert.equal(await retryTransaction(maker([failure(code), failure(code)])), 3, code)
  }
})

test('a commit whose answer was lost is not made again: it may have happened', async () => {
  const lost = retryTransaction(maker([failure('ECONNRESET')], { whileCommitting: true }))
  await assert.rejects(lost, error => error instanceof StoreError && error.code === 'unavailable')
  // What the database says that it has undone is.
  assert.equal(await retryTransaction(maker([failure('40001')], { whileCommitting: true })), 2)
})

test('what another try would not change is told at once, and no number of tries is without end', async () => {
  const bug = failure('42P01')
  await assert.rejects(retryTransaction(maker([bug])), error => error === bug)
  const deadlocks = Array.from({ length: 100 }, () => failure('40P01'))
  await assert.rejects(retryTransaction(maker(deadlocks)), error => error === deadlocks[7])
})
