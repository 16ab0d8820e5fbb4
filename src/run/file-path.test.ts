import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filePathFault, pathConflict } from './file-path.ts'

test('a relative path of plain parts is accepted, odd but legal names too', () => {
  for (const path of [
    'main.py',
    'a/b/c.txt',
    'ünïcode/名前.py',
    'with space',
    'back\\slash',
    '..a',
    '.hidden',
    'x/.out/y',
  ]) {
    assert.equal(filePathFault(path), undefined, path)
  }
})

test('a path that leaves, hides or breaks the working folder is refused', () => {
  const bad = [
    '',
    '/etc/passwd',
    '..',
    '../x',
    'a/../b',
    'a/./b',
    'a//b',
    'a/',
    'a\0b',
    'a\nb',
    'a\x7fb',
    '\ud800',
    '.out',
    '.out/main',
  ]
  for (const path of bad) {
    assert.equal(typeof filePathFault(path), 'string', JSON.stringify(path))
  }
})

test('the length of a path is counted in bytes', () => {
  assert.equal(filePathFault('ü'.repeat(127)), undefined)
  assert.match(filePathFault('ü'.repeat(128)) ?? '', /255 bytes/)
  assert.match(filePathFault('a/'.repeat(2048)) ?? '', /4095 bytes/)
})

test('paths that cannot be there together are refused, whichever comes first', () => {
  assert.equal(pathConflict(['a/b', 'a/c', 'b']), undefined)
  assert.equal(pathConflict(['a', 'b', 'a'])?.index, 2)
  assert.equal(pathConflict(['a/b/c', 'a'])?.index, 1)
  assert.equal(pathConflict(['a', 'a/b/c'])?.index, 1)
})
