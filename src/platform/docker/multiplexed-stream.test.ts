import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MultiplexedStreamReader } from './multiplexed-stream.ts'

function chunk(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

test('MultiplexedStreamReader separates the streams however the bytes are cut', () => {
  const bytes = Buffer.concat([chunk(1, 'one'), chunk(2, ''), chunk(2, 'two'), chunk(1, 'three')])
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 10 }), cuts => {
      const reader = new MultiplexedStreamReader()
      const borders = [0, ...cuts.toSorted((left, right) => left - right), bytes.length]
      const text = { stdout: '', stderr: '' }
      borders.slice(1).forEach((end, index) => {
        for (const part of reader.push(bytes.subarray(borders[index], end))) text[part.stream] += part.bytes.toString()
      })
      assert.deepEqual(text, { stdout: 'onethree', stderr: 'two' })
    }),
  )
})
