import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskEntries, diskFault } from './disk.ts'
import type { RunFile } from './file.ts'

const KiB = 1024

function files(count: number, content = 'x'): readonly RunFile[] {
  return Array.from({ length: count }, (_, index) => ({ path: `f${index}`, content, encoding: 'utf8' }))
}

test('files are counted in whole pages', () => {
  assert.equal(diskFault(files(16), 64 * KiB), undefined)
  assert.match(diskFault(files(17), 64 * KiB) ?? '', /takes 69632 bytes of disk, in pages of 4096/)
  assert.equal(diskFault(files(900, ''), 64 * KiB), undefined, 'an empty file takes none')
})

test('what stands in base64 counts as the bytes that it is', () => {
  const file = { path: 'a', content: Buffer.alloc(8192).toString('base64'), encoding: 'base64' } as const
  assert.equal(diskFault([file], 8192), undefined)
})

test('files and the folders on their way are counted, and each folder once', () => {
  assert.equal(diskEntries(64 * KiB), 1024)
  assert.equal(diskEntries(64 * KiB * KiB), 16_384)
  assert.equal(diskFault(files(1022, ''), 64 * KiB), undefined)
  assert.match(diskFault(files(1023, ''), 64 * KiB) ?? '', /has 1025 files and folders/)
  const nested = { path: `${'d/'.repeat(1030)}f`, content: '', encoding: 'utf8' } as const
  assert.match(diskFault([nested, { ...nested, path: `${nested.path}2` }], 64 * KiB) ?? '', /has 1034 files/)
})
