import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatBytes, formatMs, parseBytes, parseMs } from './units.ts'

it('parseBytes knows powers of 1024 and of 1000', () => {
  assert.equal(parseBytes('256MiB'), 256 * 1024 ** 2)
  assert.equal(parseBytes('1g'), 1024 ** 3)
  assert.equal(parseBytes('1.5 k'), 1536)
  assert.equal(parseBytes('2MB'), 2_000_000)
  assert.equal(parseBytes('17'), 17)
})

it('parseMs knows its units, and what a plain number means', () => {
  assert.equal(parseMs('10s'), 10_000)
  assert.equal(parseMs('500ms'), 500)
  assert.equal(parseMs('1.5m'), 90_000)
  assert.equal(parseMs('7'), 7)
  assert.equal(parseMs('7', 's'), 7000)
})

it('nonsense has no value', () => {
  for (const text of ['', '-1', 'NaN', 'Infinity', '1e3', '1 parsec', 'g', '0x10', '99999999999999t', '1.2.3']) {
    assert.equal(parseBytes(text), undefined, text)
    assert.equal(parseMs(text), undefined, text)
  }
})

it('formatted values read well', () => {
  assert.equal(formatBytes(1024 ** 2), '1 MiB')
  assert.equal(formatBytes(1500), '1.46 KiB')
  assert.equal(formatBytes(1), '1 byte')
  assert.equal(formatMs(10_000), '10 s')
  assert.equal(formatMs(1234), '1.23 s')
  assert.equal(formatMs(600_000), '10 min')
  assert.equal(formatMs(12), '12 ms')
})
