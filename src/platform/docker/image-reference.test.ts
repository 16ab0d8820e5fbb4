import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mirrored, splitReference, versionTag } from './image-reference.ts'

test('splitReference tells a tag from a port', () => {
  assert.deepEqual(splitReference('golang:1.16.3'), { repository: 'golang', tag: '1.16.3' })
  assert.deepEqual(splitReference('localhost:5000/golang'), { repository: 'localhost:5000/golang', tag: 'latest' })
  assert.deepEqual(splitReference('localhost:5000/golang:1'), { repository: 'localhost:5000/golang', tag: '1' })
})

test('mirrored puts official images into the library folder of a mirror', () => {
  assert.equal(mirrored('golang:1', ''), 'golang:1')
  assert.equal(mirrored('golang:1', 'localhost:5000'), 'localhost:5000/library/golang:1')
  assert.equal(mirrored('me/golang:1', 'localhost:5000/'), 'localhost:5000/me/golang:1')
})

test('versionTag finds the measured version, and none before it was measured', () => {
  const reference = 'run-it/python:recipe-abc'
  assert.equal(versionTag(reference, ['run-it/python:recipe-abc', 'run-it/python:3.11.2']), '3.11.2')
  assert.equal(versionTag(reference, ['run-it/python:recipe-abc', 'run-it/other:1']), undefined)
})
