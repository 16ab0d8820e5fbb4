import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRunId } from '../../run/id.ts'
import { takenName } from './sandbox-name.ts'
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

test('what a living worker made is its own business, until its deadline', () => {
  const owner = { installationId: 'ours', keepRuns: new Set<typeof run>(), keepWorkers: new Set(['one']) }
  assert.equal(isOrphan(containerLabels({ 'run-it.worker': 'one' }), owner, nowMs), false)
  assert.equal(isOrphan(containerLabels({ 'run-it.worker': 'other' }), owner, nowMs), true)
  const late = containerLabels({ 'run-it.worker': 'one', 'run-it.deadline': '2029-12-31T23:59:59Z' })
  assert.equal(isOrphan(late, owner, nowMs), true)
})

test("another installation's sandbox is left alone until its deadline", () => {
  const owner = { installationId: 'other', keepRuns: new Set<typeof run>() }
  assert.equal(isOrphan(containerLabels(), owner, nowMs), false)
  assert.equal(isOrphan(containerLabels({ 'run-it.deadline': '2029-12-31T23:59:59Z' }), owner, nowMs), true)
  assert.equal(isOrphan(containerLabels({ 'run-it.deadline': 'soon' }), owner, nowMs), true)
})

test('one that was made ahead is an orphan unless the run that took it is kept, until that run is over', () => {
  const warm = { 'run-it.installation': 'ours', 'run-it.warm': 'true', 'run-it.deadline': '2030-01-01T00:10:00Z' }
  const [keep, nobody] = [new Set([run]), new Set<typeof run>()]
  const until = (time: string) => takenName({ runId: run, attempt: 1, deadline: new Date(time) })
  const name = until('2030-01-01T00:01:00Z')
  assert.equal(isOrphan(warm, { installationId: 'ours', keepRuns: keep }, nowMs, 'run-it-warm-1'), true)
  assert.equal(isOrphan(warm, { installationId: 'ours', keepRuns: keep }, nowMs, name), false)
  assert.equal(isOrphan(warm, { installationId: 'ours', keepRuns: nobody }, nowMs, name), true)
  assert.equal(isOrphan(warm, { installationId: 'other', keepRuns: nobody }, nowMs, name), false)
  const late = until('2029-12-31T23:59:59Z')
  assert.equal(isOrphan(warm, { installationId: 'other', keepRuns: keep }, nowMs, late), true)
  // The name is only asked where the label says so: otherwise it is anybody's.
  assert.equal(isOrphan(containerLabels(), { installationId: 'other', keepRuns: nobody }, nowMs, late), false)
})
