import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeTime } from 'ulid'
import { newRunId } from '../run/id.ts'
import { formatTraceparent, parseTraceparent, placeWithin, spanIdOfAttempt, traceIdOfRun } from './trace-context.ts'

test('a traceparent is read and written as it was', () => {
  const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const place = parseTraceparent(text)
  assert.deepEqual(place, {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    sampled: true,
  })
  assert.equal(formatTraceparent(place), text)
  assert.deepEqual(parseTraceparent(`cc${text.slice(2)}-more`), place)
})

test('what is no traceparent is none', () => {
  const zeros = '0'.repeat(32)
  const cases = [
    undefined,
    '',
    '00',
    `ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`,
    `00-${zeros}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${zeros.slice(16)}-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n`,
    `00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01`,
  ]
  for (const text of cases) assert.equal(parseTraceparent(text), undefined, text)
})

test('a place within another one keeps its trace, and whether it is sampled', () => {
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false }
  const within = placeWithin(parent)
  assert.deepEqual({ ...within, spanId: '' }, { ...parent, spanId: '' })
  assert.notEqual(within.spanId, parent.spanId)
  assert.notEqual(placeWithin(undefined).traceId, placeWithin(undefined).traceId)
})

test('the trace of a run is its id in hex, and each attempt has a span of its own', () => {
  const id = newRunId()
  const traceId = traceIdOfRun(id)
  assert.match(traceId, /^[0-9a-f]{32}$/)
  assert.equal(Number.parseInt(traceId.slice(0, 12), 16), decodeTime(id))
  assert.equal(spanIdOfAttempt(id, 1), spanIdOfAttempt(id, 1))
  assert.notEqual(spanIdOfAttempt(id, 1), spanIdOfAttempt(id, 2))
})
