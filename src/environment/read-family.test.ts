import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidFamily } from './invalid-family.ts'
import { parseFamily, readFamily } from './read-family.ts'

const minimal = {
  title: 'title: Pascal',
  extensions: 'extensions: [.pas]',
  main: 'main: main.pas',
  image: 'image: pascal:{version}-slim',
  versions: 'versions: ["3.2.2", "3.2"]',
  run: 'run: [/code/.out/main]',
}

function parse(lines: Readonly<Record<string, string>>) {
  return parseFamily('/environments/pascal', 'pascal/environment.yaml', Object.values(lines).join('\n'))
}

function refuses(lines: Readonly<Record<string, string>>, message: string | RegExp) {
  assert.throws(
    () => parse({ ...minimal, ...lines }),
    (error: unknown) => {
      assert.ok(error instanceof InvalidFamily, String(error))
      if (typeof message === 'string') assert.equal(error.message, `pascal/environment.yaml:${message}`)
      else assert.match(error.message, message)
      return true
    },
  )
}

test('a family is read with what it must have', () => {
  assert.deepEqual(parse(minimal), {
    name: 'pascal',
    title: 'Pascal',
    aliases: [],
    extensions: ['.pas'],
    main: 'main.pas',
    image: 'pascal:{version}-slim',
    versions: ['3.2.2', '3.2'],
    allow: undefined,
    debian: undefined,
    recipe: { run: ['/code/.out/main'], env: {} },
    limits: {},
    compileLimits: {},
    folder: '/environments/pascal',
  })
})

test('a family is read with all it can have', () => {
  const family = parse({
    ...minimal,
    aliases: 'aliases: [fpc, object-pascal]',
    allow: 'allow: ">=3"',
    debian: 'debian: { version: "3.2.2", versionCommand: [fpc, -iV] }',
    compile: 'compile: [fpc, "-o/code/.out/main", "{sources}"]',
    env: 'env: { LANG: C, DEPTH: "3" }',
    limits: 'limits: { processes: 8 }',
    compileLimits: 'compileLimits: { memoryBytes: 536870912 }',
  })
  assert.deepEqual(family.aliases, ['fpc', 'object-pascal'])
  assert.equal(family.allow, '>=3')
  assert.deepEqual(family.debian, { version: '3.2.2', versionCommand: ['fpc', '-iV'] })
  assert.deepEqual(family.recipe.compile, ['fpc', '-o/code/.out/main', '{sources}'])
  assert.deepEqual(family.recipe.env, { LANG: 'C', DEPTH: '3' })
  assert.deepEqual(family.limits, { processes: 8 })
  assert.deepEqual(family.compileLimits, { memoryBytes: 536_870_912 })
})

test('an unknown key is refused with its line and the nearest key', () => {
  refuses({ verions: 'verions: ["1"]' }, '7: there is no key "verions"; did you mean "versions"?')
})

test('an unknown key in a nested map is refused with its line', () => {
  refuses(
    { limits: 'limits:\n  processes: 9\n  procesess: 9' },
    '9: there is no key "procesess"; did you mean "processes"?',
  )
})

test('a missing key is named', () => {
  refuses({ image: '' }, '1: "image" is missing')
})

test('a version without quotes is refused, because YAML takes 1.20 for 1.2', () => {
  refuses({ versions: 'versions: [1.20]' }, '5: "versions" takes strings only; put quotes around 1.20')
})

test('values of the wrong type are refused', () => {
  refuses({ title: 'title: [a]' }, '1: "title" takes strings only')
  refuses({ run: 'run: /code/.out/main' }, '6: "run" must be a list of strings')
  refuses({ limits: 'limits: [1]' }, '7: "limits" must be a map of keys to values')
  refuses({ limits: 'limits: { processes: 1.5 }' }, '7: "processes" must be a whole number')
  refuses({ title: 'title:' }, '1: "title" takes strings only')
  refuses({ env: 'env: { 1: x }' }, '7: a key must be a string')
})

test('values that could do harm are refused', () => {
  refuses({ image: 'image: pascal:latest' }, '4: "image" cannot be "pascal:latest"')
  refuses({ image: 'image: "a b:{version}"' }, '4: "image" cannot be "a b:{version}"')
  refuses({ main: 'main: ../main.pas' }, '3: "main" cannot be "../main.pas"')
  refuses({ extensions: 'extensions: [pas]' }, '2: "extensions" cannot have "pas"')
  refuses({ extensions: 'extensions: []' }, '2: "extensions" must not be empty')
  refuses({ versions: 'versions: ["3.2", "3.2"]' }, '5: "versions" cannot have "3.2" twice')
  refuses({ versions: 'versions: ["latest"]' }, '5: "latest" does not look like a version')
  refuses({ allow: 'allow: new' }, '7: "new" is not a range of versions')
  refuses({ env: 'env: { "A=B": x }' }, '7: "A=B" cannot be the name of a variable')
})

test('a preboot names the versions it is for, and reads the main file', () => {
  const { recipe } = parse({ ...minimal, preboot: 'preboot: { versions: "~3.2", without: [setup.pas] }' })
  assert.deepEqual(recipe.preboot, { versions: '~3.2', main: 'main.pas', without: ['setup.pas'] })
  refuses({ preboot: 'preboot: { versions: new }' }, '7: "new" is not a range of versions')
  refuses({ preboot: 'preboot: { versions: "3", without: [a/b] }' }, '7: "without" cannot have "a/b"')
  refuses({ preboot: 'preboot: { without: [] }' }, /versions/)
})

test('limits below what can work at all are refused', () => {
  refuses({ limits: 'limits: { processes: 0 }' }, '7: "processes" must be at least 2')
})

test('a recipe with an unknown placeholder is refused', () => {
  refuses({ run: 'run: [x, "{man}"]' }, '6: "run" has {man}; there are {main}, {folder}, {sources}')
  refuses({ run: 'run: [x, "a{sources}"]' }, /^pascal\/environment.yaml:6: \{sources\} becomes several elements/)
  refuses({ run: 'run: [""]' }, /:6: "run" has an element that is empty/)
  refuses({ run: 'run: []' }, '6: "run" must not be empty')
})

test('a file that is not YAML is refused with the line', () => {
  refuses({ title: 'title: "open' }, /^pascal\/environment.yaml:\d+: /)
  refuses({ again: 'title: Again' }, /^pascal\/environment.yaml:7: Map keys must be unique/)
  assert.throws(() => parse({ text: 'just text' }), /environment.yaml:1: the file must be a map/)
  assert.throws(() => parse({ text: '' }), /environment.yaml:1: the file must be a map/)
})

test('a folder with a name that cannot be typed is refused', () => {
  assert.throws(() => parseFamily('/environments/My Lang', 'f', Object.values(minimal).join('\n')), InvalidFamily)
})

test('a folder without environment.yaml is refused by name', async () => {
  await assert.rejects(readFamily('/nowhere/pascal'), {
    name: 'InvalidFamily',
    message: '/nowhere/pascal/environment.yaml: the file cannot be read',
  })
})
