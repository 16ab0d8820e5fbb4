import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRunId } from '../../run/id.ts'
import { isOrphan } from './sweep.ts'

const nowMs = Date.parse('2030-01-01T00:00:00Z')
const run = newRunId()

function containerLabels(changes: Record<string, string> = {}): Record<string, string> {
  return {
    'run-it.installation': 'ours',
    'run-it.run': run,
    'run-it.deadline': '2030-01-01T00:01:00Z',
    ...changes,
  }
}

test('a sandbox of ours is an orphan unless its run is kept', () => {
  assert.equal(isOrphan(containerLabels(), { installationId: 'ours', keepRuns: new Set() }, nowMs), true)
  assert.equal(isOrphan(containerLabels(), { installationId: 'ours', keepRuns: new Set([run]) }, nowMs), false)
})

test("another installation's sandbox is left alone until its deadline", () => {
  const owner = { installationId: 'other', keepRuns: new Set<typeof run>() }
  assert.equal(isOrphan(containerLabels(), owner, nowMs), false)
  assert.equal(isOrphan(containerLabels({ 'run-it.deadline': '2029-12-31T23:59:59Z' }), owner, nowMs), true)
  assert.equal(isOrphan(containerLabels({ 'run-it.deadline': 'soon' }), owner, nowMs), true)
})
