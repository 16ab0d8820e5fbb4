import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectFiles, type ListedFile, type WorkingFolder } from './collect-files.ts'
import type { CollectRequest } from './platform.ts'

/** A folder as a hostile sandbox might tell of it. */
function folderOf(files: readonly (readonly [path: string | Uint8Array, bytes: number])[], isComplete = true) {
  const read: string[] = []
  const folder: WorkingFolder = {
    list: async onFile => {
      for (const [path, bytes] of files) onFile({ path: Buffer.from(path as Uint8Array), bytes } satisfies ListedFile)
      return isComplete
    },
    read: async (path, bytes) => {
      read.push(path)
      return new Uint8Array(bytes)
    },
  }
  return { folder, read }
}

const request: CollectRequest = { patterns: ['**', '.*', '**/.*'], sent: [], maxFiles: 100, maxBytes: 1000 }

test('a path that leaves the folder, or breaks out of a line, is never asked for', async () => {
  const bad = ['a//b', 'new\nline', 'bell\x07', 'x\x7f', `${'n'.repeat(256)}`, Buffer.of(0x61, 0xff)]
  const { folder, read } = folderOf([...bad.map(path => [path, 1] as const), ['good', 1]])
  const { files, omitted } = await collectFiles(folder, request)
  assert.deepEqual(read, ['good'])
  assert.equal(files.length, 1)
  assert.deepEqual(
    omitted.map(({ reason, files: count }) => [reason, count]),
    [['name', bad.length]],
  )
  for (const path of omitted[0]?.paths ?? []) assert.doesNotMatch(path, /\p{Cc}/u)
})

test('absolute paths, and those with parts that lead up, match nothing', async () => {
  const { folder, read } = folderOf([
    ['/etc/passwd', 1],
    ['../x', 1],
    ['a/../../x', 1],
    ['..', 1],
    ['.', 1],
  ])
  const { files } = await collectFiles(folder, request)
  assert.deepEqual([files, read], [[], []])
})

test('a file that is told of twice is fetched once', async () => {
  const { folder, read } = folderOf([
    ['a', 1],
    ['a', 2],
  ])
  assert.equal((await collectFiles(folder, request)).files.length, 1)
  assert.deepEqual(read, ['a'])
})

test('a size that no number holds is too large', async () => {
  const { folder } = folderOf([['a', Number(2n ** 64n - 1n)]])
  assert.deepEqual((await collectFiles(folder, request)).omitted, [{ reason: 'too-large', files: 1, paths: ['a'] }])
})

test('a large file does not keep a small one after it from its place', async () => {
  const { folder } = folderOf([
    ['b', 999],
    ['a', 500],
    ['c', 500],
    ['d', 1],
  ])
  const { files, omitted } = await collectFiles(folder, request)
  assert.deepEqual(
    files.map(({ path }) => path),
    ['a', 'c'],
  )
  assert.deepEqual(omitted, [{ reason: 'too-large', files: 2, paths: ['b', 'd'] }])
})

test('a search that was cut off is told without a number', async () => {
  const { folder } = folderOf([], false)
  assert.deepEqual((await collectFiles(folder, request)).omitted, [{ reason: 'not-searched', paths: [] }])
})

test('ten thousand are remembered, and some are named', async () => {
  const { folder } = folderOf(Array.from({ length: 12_000 }, (_, index) => [`f${index}`, 0] as const))
  const { files, omitted } = await collectFiles(folder, request)
  assert.equal(files.length, 100)
  assert.deepEqual(
    omitted.map(({ reason, files: count, paths }) => [reason, count, paths.length]),
    [['too-many', 11_900, 10]],
  )
})

test('patterns that cost too much end the search instead of the process', async () => {
  const patterns = Array(32).fill(`${'*a'.repeat(120)}b`)
  const { folder } = folderOf(Array.from({ length: 10_000 }, () => ['a'.repeat(255), 0] as const))
  const { files, omitted } = await collectFiles(folder, { ...request, patterns })
  assert.deepEqual([files, omitted], [[], [{ reason: 'not-searched', paths: [] }]])
})
