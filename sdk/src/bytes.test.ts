import assert from 'node:assert/strict'
import { it } from 'node:test'
import { decodeBytes, encodeBytes } from './bytes.ts'

it('bytes survive the way through JSON', () => {
  const samples = [
    new Uint8Array(),
    new TextEncoder().encode('Grüße, 世界\0\n'),
    Uint8Array.of(0xef, 0xbb, 0xbf, 0x61),
    Uint8Array.of(0xff, 0xfe, 0),
    Uint8Array.from({ length: 100_001 }, (_, index) => index % 256),
  ]
  for (const bytes of samples) {
    const encoded = JSON.parse(JSON.stringify(encodeBytes(bytes)))
    assert.deepEqual(decodeBytes(encoded), bytes)
  }
})

it('text stays readable, and what is not text is base64 as others write it', () => {
  assert.deepEqual(encodeBytes(new TextEncoder().encode('é')), { content: 'é', encoding: 'utf8' })
  const bytes = Uint8Array.from({ length: 30_000 }, (_, index) => (index * 7) % 256)
  assert.equal(encodeBytes(bytes).content, Buffer.from(bytes).toString('base64'))
})
