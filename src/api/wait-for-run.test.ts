import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRunId } from '../run/id.ts'
import type { Run } from '../run/run.ts'
import { EmitterHints } from '../store/emitter-hints.ts'
import { waitForRun } from './wait-for-run.ts'

const never = new AbortController().signal

/** A run in some state, and who looks at it. */
function house() {
  const id = newRunId()
  const hints = new EmitterHints()
  const told = { state: 'running' as Run['state'], finds: 0 }
  const runs = {
    find: async () => {
      told.finds += 1
      return { id, state: told.state } as Run
    },
    stateOf: async () => told.state,
  }
  return { id, hints, told, parts: { runs: runs as never, hints } }
}

test('a hint that the run is over is enough: it is read once', async () => {
  const { id, hints, told, parts } = house()
  const waiting = waitForRun(parts, id, { waitMs: 60_000, signal: never })
  setImmediate(() => {
    told.state = 'finished'
    hints.publish(`finished:${id}`)
  })
  assert.equal((await waiting)?.state, 'finished')
  assert.equal(told.finds, 1)
})

test('after a hint that was not true the run is looked at as before, for the true one may be lost', async () => {
  const { id, hints, told, parts } = house()
  const waiting = waitForRun(parts, id, { waitMs: 60_000, signal: never })
  setImmediate(() => hints.publishAll())
  setTimeout(() => {
    told.state = 'finished'
  }, 50)
  assert.equal((await waiting)?.state, 'finished')
})
