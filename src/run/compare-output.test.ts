import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { outputDifference } from './compare-output.ts'
import type { Comparison } from './test-plan.ts'

const numbers = { kind: 'numbers', absoluteTolerance: 1e-6, relativeTolerance: 1e-6 } as const

function differs(comparison: Comparison | Exclude<Comparison['kind'], 'numbers'>, output: string, expected: string) {
  const asked = typeof comparison === 'string' ? { kind: comparison } : comparison
  return outputDifference(asked, Buffer.from(output, 'latin1'), Buffer.from(expected, 'latin1'))
}

test('exact is the same bytes and nothing else', () => {
  assert.equal(differs('exact', 'a\n', 'a\n'), undefined)
  assert.equal(differs('exact', 'a', 'a\n'), 'byte 2 differs')
  assert.equal(differs('exact', 'b\n', 'a\n'), 'byte 1 differs')
  assert.equal(differs('exact', '', ''), undefined)
})

test('trimmed forgives white space at the ends of lines, and empty lines at the end', () => {
  for (const output of ['a\nb', 'a\nb\n', 'a \t\nb\r\n', 'a\nb\n\n \n\t\n', 'a\x0b\nb\x0c']) {
    assert.equal(differs('trimmed', output, 'a\nb\n'), undefined, JSON.stringify(output))
    assert.equal(differs('trimmed', 'a\nb\n', output), undefined, JSON.stringify(output))
  }
  assert.equal(differs('trimmed', ' \n\n', ''), undefined)
})

test('trimmed forgives nothing else', () => {
  for (const output of ['', 'a', 'a\nc', 'a\n\nb', ' a\nb', 'a b', 'a\nb\nc', '\na\nb', 'A\nb', 'a\nb\xa0']) {
    assert.match(differs('trimmed', output, 'a\nb\n') ?? '', /^line \d differs$/, JSON.stringify(output))
  }
})

test('tokens are the same words, however they are set', () => {
  assert.equal(differs('tokens', '  1 2\n\n3\t4\r\n', '1 2 3 4'), undefined)
  assert.equal(differs('tokens', '', ' \n'), undefined)
  assert.equal(differs('tokens', '1 2', '1 2 3'), 'token 3 is missing')
  assert.equal(differs('tokens', '1 2 3', '1 2'), 'token 3 is too much')
  assert.equal(differs('tokens', '1 20', '1 2 0'), 'token 2 differs')
  assert.equal(differs('tokens', '1.0', '1'), 'token 1 differs')
})

test('numbers may differ by a tolerance, absolute or relative', () => {
  for (const [output, expected] of [
    ['1.0000001', '1'],
    ['+1', '1'],
    ['.5', '0.5'],
    ['1000000.5', '1000000'],
    ['-1e-9', '0'],
    ['3', '3.'],
    ['1E3', '1000'],
    ['NaN', 'nan'],
    ['inf', 'Infinity'],
    ['-Infinity', '-inf'],
    ['yes 2.0000001', 'yes 2'],
    ['1e999', '1e999'],
  ] as const) {
    assert.equal(differs(numbers, output, expected), undefined, `${output} and ${expected}`)
  }
  for (const [output, expected] of [
    ['1.1', '1'],
    ['nan', '1'],
    ['1', 'nan'],
    ['inf', '1'],
    ['inf', '-inf'],
    ['1e999', 'inf'],
    ['1e999', '1e998'],
    ['0x10', '16'],
    ['1_000', '1000'],
    ['1', 'one'],
    ['', '0'],
    ['1e', '1'],
    ['--1', '1'],
    ['infinity1', 'infinity'],
  ] as const) {
    assert.equal(typeof differs(numbers, output, expected), 'string', `${output} and ${expected}`)
  }
})

test('a tolerance of nothing asks for the same number, not for the same text', () => {
  const none = { kind: 'numbers', absoluteTolerance: 0, relativeTolerance: 0 } as const
  assert.equal(differs(none, '1.50', '1.5'), undefined)
  assert.equal(differs(none, '1.5000001', '1.5'), 'token 1 differs')
})

test('hostile output takes no longer than any other', () => {
  const length = 4_000_000
  const outputs = [
    '1'.repeat(length),
    ' '.repeat(length),
    '\n'.repeat(length),
    `${'1'.repeat(length)}x`,
    '1 '.repeat(length / 2),
  ]
  const comparisons = [{ kind: 'exact' }, { kind: 'trimmed' }, { kind: 'tokens' }, numbers] as const
  for (const output of outputs) {
    for (const comparison of comparisons) {
      assert.equal(differs(comparison, output, output), undefined)
      differs(comparison, output, `${output.slice(0, -1)}y`)
    }
  }
})

const bytes = fc.stringMatching(/^[ab \t\n\r]*$/)

test('each comparison accepts an output that is what was expected, and a looser one all that a stricter one does', () => {
  fc.assert(
    fc.property(bytes, bytes, (output, expected) => {
      const accepted = (['exact', 'trimmed', 'tokens'] as const).map(
        kind => differs(kind, output, expected) === undefined,
      )
      const [exact, trimmed, tokens] = accepted
      assert.equal(differs('exact', output, output), undefined)
      assert.ok(!exact || trimmed)
      assert.ok(!trimmed || tokens)
      assert.equal(tokens, differs(numbers, output, expected) === undefined)
    }),
  )
})

test('trimmed is what comparing cut lines would be', () => {
  // Line by line: with the flag `m` a carriage return in the middle would be the end of one too.
  const cut = (line: string) => line.replace(/[ \t\r]+$/, '')
  const lines = (text: string) => text.split('\n').map(cut).join('\n').replace(/\n+$/, '')
  fc.assert(
    fc.property(bytes, bytes, (output, expected) => {
      assert.equal(differs('trimmed', output, expected) === undefined, lines(output) === lines(expected))
    }),
  )
})
