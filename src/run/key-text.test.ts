import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newKeyId } from './key.ts'
import { newKeyText, readKeyText } from './key-text.ts'

test('a key that was made is read again, and its text is nothing but words', () => {
  for (let round = 0; round < 200; round += 1) {
    const id = newKeyId()
    const { text, hash } = newKeyText(id)
    assert.deepEqual(readKeyText(text), { id, hash })
    assert.match(text, /^runit_[0-9A-Z]{26}_[0-9A-Za-z]{49}$/)
    assert.ok(!hash.includes(text.slice(33, 76)))
  }
})

test('no two keys have the same secret', () => {
  const id = newKeyId()
  assert.notEqual(newKeyText(id).hash, newKeyText(id).hash)
})

test('a key with any one character changed is not a key', () => {
  const { text } = newKeyText(newKeyId())
  for (let index = 0; index < text.length; index += 1) {
    const other = text[index] === '7' ? '6' : '7'
    assert.equal(readKeyText(text.slice(0, index) + other + text.slice(index + 1)), undefined, `character ${index}`)
  }
})

test('what is no key is not one', () => {
  const { text } = newKeyText(newKeyId())
  const others = [
    '',
    'runit',
    'runit__',
    `${text}0`,
    text.slice(1),
    `${text}_`,
    `${text}\n`,
    text.toLowerCase(),
    '_'.repeat(9),
  ]
  for (const other of others) assert.equal(readKeyText(other), undefined, other)
})
