import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../test/support/wait-for.ts'
import { newRunId, type RunId } from '../run/id.ts'
import { TakeOver } from './take-over.ts'

test('the runs of the silent are looked for again and again, until it is stopped', async () => {
  const id = newRunId()
  const taken: RunId[] = []
  let looks = 0
  const recover = async () => {
    looks += 1
    return looks === 3 ? [id] : []
  }
  const takeOver = new TakeOver({
    lifecycle: { recover },
    leaseMs: 20,
    onTaken: runs => void taken.push(...runs),
    onError: assert.ifError,
  })
  takeOver.start()
  await waitFor('looks', () => looks >= 5)
  await takeOver.stop()
  const before = looks
  assert.deepEqual(taken, [id])
  await takeOver.stop()
  assert.equal(looks, before)
})

test('after the database was away the living get a lease to say so', async () => {
  const leaseMs = 200
  const lookedAt: number[] = []
  const errors: unknown[] = []
  const recover = async () => {
    lookedAt.push(performance.now())
    if (lookedAt.length === 1) throw new Error('away')
    return []
  }
  const takeOver = new TakeOver({
    lifecycle: { recover },
    leaseMs,
    onTaken: () => assert.fail(),
    onError: error => errors.push(error),
  })
  takeOver.start()
  await waitFor('a second look', () => lookedAt.length > 1)
  await takeOver.stop()
  const [first = 0, second = 0] = lookedAt
  assert.ok(second - first >= leaseMs)
  assert.equal(errors.length, 1)
})
