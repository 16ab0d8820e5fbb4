import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRunId } from '../run/id.ts'
import { KeptPages } from './kept-pages.ts'

test('kept pages are bounded, and those that were used last stay', () => {
  const kept = new KeptPages()
  const id = newRunId()
  const page = (bytes: number) => ({ bytes: Buffer.alloc(bytes), lastSequence: 1, isEnd: false })
  const first = page(1024 * 1024)
  kept.put(id, 0, first)
  for (let after = 1; after < 1_000; after += 1) {
    kept.put(id, after, page(64 * 1024))
    assert.equal(kept.get(id, 0), first)
  }
  const left = Array.from({ length: 1_000 }, (_, after) => kept.get(id, after)).filter(found => found !== undefined)
  const bytes = left.reduce((sum, { bytes: { length } }) => sum + length, 0)
  assert.ok(bytes > 7 * 1024 * 1024 && bytes <= 8 * 1024 * 1024, `${bytes}`)
  assert.equal(kept.get(newRunId(), 0), undefined)
  kept.put(id, 2_000, page(64 * 1024 * 1024))
  assert.equal(kept.get(id, 2_000), undefined)
})

test('small pages are bounded in number', () => {
  const kept = new KeptPages()
  const id = newRunId()
  for (let after = 0; after < 100_000; after += 1)
    kept.put(id, after, { bytes: Buffer.alloc(1), lastSequence: 1, isEnd: false })
  const left = Array.from({ length: 100_000 }, (_, after) => kept.get(id, after)).filter(found => found !== undefined)
  assert.ok(left.length < 20_000, `${left.length}`)
})
