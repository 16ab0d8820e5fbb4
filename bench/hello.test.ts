import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shellCommand } from './hello.ts'

test('one command needs no shell', () => {
  assert.deepEqual(shellCommand({ commands: [['python3', 'main.py']] }), ['python3', 'main.py'])
})

test('several commands are one line for a shell, each word quoted', () => {
  const commands = [['cc', "it's.c"], ['./a.out']]
  assert.deepEqual(shellCommand({ commands }), ['sh', '-c', "'cc' 'it'\\''s.c' && './a.out'"])
})
