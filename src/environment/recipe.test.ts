import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stageArgv } from './recipe.ts'

const none = { main: 'main.c', files: ['main.c'], extensions: ['.c'], args: [] }

test('stageArgv puts the main file in place', () => {
  assert.deepEqual(stageArgv(['python3', '{main}'], { ...none, main: 'app/start.py' }), ['python3', 'app/start.py'])
})

test('stageArgv puts the main file into a part of an element', () => {
  assert.deepEqual(stageArgv(['node', './{main}'], { ...none, main: '-inspect' }), ['node', './-inspect'])
})

test('stageArgv expands the sources to one element each, the main file first', () => {
  assert.deepEqual(
    stageArgv(['cc', '{sources}', '-lm'], {
      main: 'main.c',
      files: ['list.c', 'list.h', 'main.c', 'deep/tree.c', 'notes.txt'],
      extensions: ['.c'],
      args: [],
    }),
    ['cc', 'main.c', 'list.c', 'deep/tree.c', '-lm'],
  )
})

test('stageArgv expands the other sources in their order, for a compiler that wants the main file last', () => {
  const files = ['z.ml', 'main.ml', 'notes.txt', '-a.ml']
  const argv = ['cc', '{others}', '{main}']
  assert.deepEqual(stageArgv(argv, { main: 'main.ml', files, extensions: ['.ml'], args: [] }), [
    'cc',
    'z.ml',
    './-a.ml',
    'main.ml',
  ])
  assert.deepEqual(stageArgv(argv, none), ['cc', 'main.c'])
})

test('stageArgv counts the main file as a source whatever it is called', () => {
  assert.deepEqual(stageArgv(['cc', '{sources}'], { ...none, main: 'program', files: ['program', 'a.c'] }), [
    'cc',
    'program',
    'a.c',
  ])
})

test('stageArgv appends the arguments as they are', () => {
  assert.deepEqual(stageArgv(['run', '{main}'], { ...none, args: ['-v', '{main}', '', 'a b'] }), [
    'run',
    'main.c',
    '-v',
    '{main}',
    '',
    'a b',
  ])
})

test('stageArgv names the folder of the main file', () => {
  assert.deepEqual(stageArgv(['{folder}'], none), ['.'])
  assert.deepEqual(stageArgv(['{folder}'], { ...none, main: 'cmd/app/main.go' }), ['./cmd/app'])
  assert.deepEqual(stageArgv(['{folder}'], { ...none, main: '-rf/main.go' }), ['./-rf'])
})

test('stageArgv names the main file without folder and extension', () => {
  const argv = ['java', '{stem}', 'out/{folder}/{stem}.js']
  assert.deepEqual(stageArgv(argv, { ...none, main: 'src/Main.java' }), ['java', 'Main', 'out/./src/Main.js'])
  assert.deepEqual(stageArgv(['{stem}'], { ...none, main: 'a.tar.gz' }), ['a.tar'])
  assert.deepEqual(stageArgv(['{stem}'], { ...none, main: '.hidden' }), ['.hidden'])
  assert.deepEqual(stageArgv(['{stem}'], { ...none, main: 'src/-version.java' }), ['./-version'])
})

test('a file cannot become an option or a file of arguments', () => {
  for (const main of ['-c.py', '--version', '@list.c', ' x.c', '+x']) {
    assert.deepEqual(stageArgv(['run', '{main}'], { ...none, main }), ['run', `./${main}`], main)
    assert.deepEqual(stageArgv(['run', '{sources}'], { ...none, files: ['main.c', `${main}.c`] }), [
      'run',
      'main.c',
      `./${main}.c`,
    ])
  }
})

test('a file keeps an ordinary name', () => {
  for (const main of ['main.c', '_x.c', '.hidden.c', '9.c', 'größe.c', '数.c']) {
    assert.deepEqual(stageArgv(['{main}'], { ...none, main }), [main])
  }
})

test("a file's name is never a pattern or a placeholder of its own", () => {
  assert.deepEqual(stageArgv(['x{main}'], { ...none, main: "a$&$'.c" }), ["xa$&$'.c"])
  assert.deepEqual(stageArgv(['x{main}'], { ...none, main: '{folder}/y.c' }), ['x{folder}/y.c'])
})
