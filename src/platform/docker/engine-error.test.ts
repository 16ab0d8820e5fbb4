import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlatformError } from '../platform-error.ts'
import { DeadlineError } from './deadline.ts'
import { toPlatformError } from './engine-error.ts'

function answer(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) - ${message}`), { statusCode, json: { message } })
}

test('an engine that is not there, stalls, or answers 5xx is unavailable', () => {
  const errors = [
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('connect'), { code: 'ENOENT' }),
    new Error('socket hang up'),
    Object.assign(new Error('Parse Error: Data after `Connection: close`'), { code: 'HPE_CLOSED_CONNECTION' }),
    new DeadlineError(10),
    answer(500, 'boom'),
  ]
  for (const error of errors) {
    const mapped = toPlatformError(error, 'do it')
    assert.ok(mapped instanceof PlatformError)
    assert.equal(mapped.code, 'unavailable')
    assert.match(mapped.message, /do it/)
  }
})

test('any other answer means that we asked for something wrong', () => {
  const mapped = toPlatformError(answer(400, 'invalid tmpfs option'), 'create a sandbox')
  assert.ok(mapped instanceof PlatformError)
  assert.equal(mapped.code, 'refused')
  assert.equal(mapped.message, 'The engine could not create a sandbox: invalid tmpfs option')
})

test('the reason of an abort passes through', () => {
  assert.equal(toPlatformError('canceled', 'do it'), 'canceled')
})
