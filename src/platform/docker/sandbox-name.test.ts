import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRunId } from '../../run/id.ts'
import { coldName, parseTakenName, takenName, warmName } from './sandbox-name.ts'

test('the name of one that was made ahead says which run took it', () => {
  const run = { runId: newRunId(), attempt: 2, deadline: new Date('2030-01-01T00:00:00Z') }
  assert.deepEqual(parseTakenName(takenName(run)), run)
  assert.deepEqual(parseTakenName(takenName({ ...run, part: 'test-2' })), { ...run, part: 'test-2' })
})

test('no other name says so', () => {
  const run = { runId: newRunId(), attempt: 2 }
  for (const name of [coldName(run), warmName(), 'until', '']) assert.equal(parseTakenName(name), undefined)
})
