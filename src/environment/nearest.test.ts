import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestWords } from './nearest.ts'

const words = ['python', 'javascript', 'go', 'c', 'bash']

test('nearestWords finds a word behind a typing mistake', () => {
  assert.deepEqual(nearestWords('pyhton', words, 3), ['python'])
  assert.deepEqual(nearestWords('JavaScrpt', words, 1), ['javascript'])
})

test('nearestWords finds a word that was begun, and one that was written out too far', () => {
  assert.deepEqual(nearestWords('java', words, 1), ['javascript'])
  assert.deepEqual(nearestWords('python311', words, 1), ['python'])
})

test('nearestWords leaves out what has nothing in common', () => {
  assert.deepEqual(nearestWords('cobol-2023', words, 3), [])
})

test('nearestWords keeps to the count, the nearest first', () => {
  assert.deepEqual(nearestWords('bas', ['base', 'bash', 'basic', 'bas'], 2), ['bas', 'base'])
})
