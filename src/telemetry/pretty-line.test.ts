import assert from 'node:assert/strict'
import { it } from 'node:test'
import { prettyLine } from './pretty-line.ts'

it('control characters do not reach the terminal', () => {
  const line = prettyLine(JSON.stringify({ level: 30, time: 0, msg: 'a\u001b[31mb\n', path: '/\u0007' }), false)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(line.trimEnd(), /[\u0000-\u001f]/)
})

it('an error has its stack where somebody must mend something, else its message', () => {
  const err = { message: 'broken', stack: 'Error: broken\n    at x' }
  assert.match(
    prettyLine(JSON.stringify({ level: 50, time: 0, msg: 'bad', err }), false),
    /error bad\nError: broken\n {4}at x\n$/,
  )
  assert.match(prettyLine(JSON.stringify({ level: 40, time: 0, msg: 'bad', err }), false), /warn bad \(broken\)\n$/)
})

it('what is not JSON stays as it is', () => {
  assert.equal(prettyLine('plain\n', true), 'plain\n')
})
