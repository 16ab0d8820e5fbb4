import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandError } from './exit-code.ts'
import { commandsOf, type RunOptions } from './run-options.ts'

const none: RunOptions = { arg: [], var: [], artifact: [] }

test('commands are words, and a list where a word has more in it', () => {
  assert.deepEqual(commandsOf({ ...none, compileCommand: ' make  all ', runCommand: './main' }), {
    compile: { command: ['make', 'all'] },
    run: { command: ['./main'] },
  })
  assert.deepEqual(commandsOf({ ...none, compileCommand: '', runCommand: '["sh", "-c", "a | b"]' }), {
    compile: { command: [] },
    run: { command: ['sh', '-c', 'a | b'] },
  })
  assert.deepEqual(commandsOf(none), {})
})

test('what only a shell could read is refused, and so is a list of something else', () => {
  const refuses = (runCommand: string, message: RegExp) =>
    assert.throws(
      () => commandsOf({ ...none, runCommand }),
      error => error instanceof CommandError && error.exitCode === 64 && message.test(error.message),
    )
  for (const text of ['a | b', 'a "b c"', "a 'b'", 'a $HOME', 'a > b', 'a; b', 'a *.c', 'a && b', 'a `b`', 'a\\b']) {
    refuses(text, /^--run-command: no shell reads it, so . means nothing/)
  }
  for (const text of ['["a", 1]', '["a"', '[["a"]]']) refuses(text, /^--run-command: must be words such as make all/)
})
