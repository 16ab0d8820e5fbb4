import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageReference, mirrored, splitReference, versionTag } from './image-reference.ts'

test('splitReference tells a tag from a port', () => {
  assert.deepEqual(splitReference('golang:1.16.3'), { repository: 'golang', tag: '1.16.3' })
  assert.deepEqual(splitReference('localhost:5000/golang'), { repository: 'localhost:5000/golang', tag: 'latest' })
  assert.deepEqual(splitReference('localhost:5000/golang:1'), { repository: 'localhost:5000/golang', tag: '1' })
  assert.deepEqual(splitReference('localhost:5000/go@sha256:12'), { repository: 'localhost:5000/go', tag: 'sha256:12' })
})

test('a digest takes the place of the tag, and of the whole name where no registry has the image', async () => {
  const digest = 'sha256:12'
  const environment = { name: 'go', version: '1', recipe: { run: [], env: {} }, extensions: [], digest }
  const published = { ...environment, source: { kind: 'registry', reference: 'golang:1' } } as const
  assert.equal(await imageReference(published, ''), 'golang@sha256:12')
  assert.equal(await imageReference(published, 'localhost:5000'), 'localhost:5000/library/golang@sha256:12')
  const built = { ...environment, source: { kind: 'debian', folder: '/none', versionCommand: [] } } as const
  assert.equal(await imageReference(built, 'localhost:5000'), digest)
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
