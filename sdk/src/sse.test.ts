import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ServerSentEventParser } from './sse.ts'

const stream = [
  ': hello\n',
  'id: 1\nevent: state\ndata: {"a":1}\n\n',
  'id: 2\r\nevent: output\r\ndata: one\r\ndata:two\r\ndata\r\n\r\n',
  'event: ignored\n\n',
  'retry: 5\nunknown: x\ndata:  spaced\n\n',
  'id: 4\rdata: old mac\r\r',
  'data: never dispatched\n',
].join('')

const expected = [
  { event: 'state', data: '{"a":1}', id: '1' },
  { event: 'output', data: 'one\ntwo\n', id: '2' },
  { event: 'message', data: ' spaced', id: '2' },
  { event: 'message', data: 'old mac', id: '4' },
]

it('events are the same wherever the stream is cut', () => {
  for (let size = 1; size <= stream.length; size++) {
    const parser = new ServerSentEventParser()
    const events = []
    for (let start = 0; start < stream.length; start += size)
      events.push(...parser.push(stream.slice(start, start + size)))
    assert.deepEqual(events, expected, `in pieces of ${size}`)
  }
})

it('a line that never ends is refused', () => {
  const parser = new ServerSentEventParser()
  const piece = 'x'.repeat(16 * 1024 * 1024)
  assert.throws(() => {
    for (let count = 0; count < 5; count++) parser.push(piece)
  }, /too large/)
})
