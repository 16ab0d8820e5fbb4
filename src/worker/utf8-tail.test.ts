import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { incompleteTailBytes } from './utf8-tail.ts'

test('incompleteTailBytes lets text be cut anywhere without breaking a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, seed) => {
      const bytes = Buffer.from(text)
      const cut = bytes.length === 0 ? 0 : seed % (bytes.length + 1)
      const head = bytes.subarray(0, cut)
      const whole = head.subarray(0, head.length - incompleteTailBytes(head))
      assert.doesNotThrow(() => new TextDecoder('utf-8', { fatal: true }).decode(whole))
      assert.ok(head.length - whole.length <= 3)
    }),
  )
})

test('incompleteTailBytes counts bytes that are no UTF-8 as whole', () => {
  for (const bytes of [[0xff], [0x80], [0xc0], [0xf5], [0x41, 0x80, 0x80, 0x80, 0x80], []]) {
    assert.equal(incompleteTailBytes(Uint8Array.from(bytes)), 0)
  }
})
