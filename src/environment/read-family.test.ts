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
      if (typeof message !== 'string') assert.match(error.message, message)
      else {
        // What the column is, and what would be right, is shown by a test of its own.
        const [line = '', ...rest] = message.split(': ')
        assert.equal(error.message.split(':').slice(0, 2).join(':'), `pascal/environment.yaml:${line}`)
        assert.ok(error.message.includes(`: ${rest.join(': ')}`), error.message)
      }
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
    architecture: undefined,
    recipe: { run: ['/code/.out/main'], env: {} },
    commands: true,
    limits: {},
    compileLimits: {},
    folder: '/environments/pascal',
  })
})

test('an environment can be bound to one architecture, which must be one that there is', () => {
  assert.equal(parse({ ...minimal, architecture: 'architecture: arm64' }).architecture, 'arm64')
  refuses({ architecture: 'architecture: x86_64' }, /"x86_64" is no architecture; there are amd64, arm64,/)
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

test('a family that only Debian has needs no image, and then has no versions of one', () => {
  const debian = 'debian: { version: "3.2.2", versionCommand: [fpc, -iV] }'
  const { image, versions } = parse({ ...minimal, image: '', versions: '', debian })
  assert.deepEqual([image, versions], [undefined, []])
  refuses(
    { image: '', versions: '', debian, allow: 'allow: ">=3"' },
    /"allow" speaks of those of "image", which is missing/,
  )
  refuses({ image: '', debian }, /"versions" speaks of those of "image", which is missing/)
  refuses({ image: '', versions: '' }, /"image" is missing/)
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
  refuses({ run: 'run: [x, "{man}"]' }, '6: "run" has {man}; there are {main}, {stem}, {folder}, {sources}, {others}')
  refuses({ run: 'run: [x, "a{sources}"]' }, /^pascal\/environment.yaml:6:10: \{sources\} becomes several elements/)
  refuses({ run: 'run: [x, "{others}b"]' }, /\{others\} becomes several elements/)
  refuses({ run: 'run: [""]' }, /:6:7: "run" has an element that is empty/)
  refuses({ run: 'run: []' }, '6: "run" must not be empty')
})

test('a file that is not YAML is refused with the line', () => {
  refuses({ title: 'title: "open' }, /^pascal\/environment.yaml:\d+:\d+: /)
  refuses({ again: 'title: Again' }, /^pascal\/environment.yaml:7:1: Map keys must be unique/)
  assert.throws(() => parse({ text: 'just text' }), /environment.yaml:1:1: the file must be a map/)
  assert.throws(() => parse({ text: '' }), /environment.yaml:1:1: the file must be a map/)
})

test('everything that is wrong is told at once, with line and column, in order, and with what would be right', () => {
  const text = [
    'titel: Pascal',
    'extensions: [.pas, pas, .p s]',
    'main: ../main.pas',
    'image: pascal:latest',
    'versions: [3.20, "3.2.2"]',
    'compile: [fpc, "{man}", ""]',
    'commands: perhaps',
    'debian: { version: newest, versionComand: [fpc] }',
    'limits:',
    '  processes: 1',
    '  memory: 9',
    'env: { "A-B": x, C: 3 }',
  ]
  assert.throws(
    () => parseFamily('/environments/pascal', 'p.yaml', text.join('\n')),
    (error: unknown) => {
      assert.ok(error instanceof InvalidFamily)
      assert.deepEqual(error.message.split('\n'), [
        'p.yaml:1:1: "run" is missing',
        'p.yaml:1:1: "title" is missing',
        'p.yaml:1:1: there is no key "titel"; did you mean "title"?',
        'p.yaml:2:20: "extensions" cannot have "pas"; each must be like ".py"',
        'p.yaml:2:25: "extensions" cannot have ".p s"; each must be like ".py"',
        'p.yaml:3:1: "main" cannot be "../main.pas"; it must be a file name such as main.py',
        'p.yaml:4:1: "image" cannot be "pascal:latest"; it must be an image with {version} in its tag: python:{version}-slim',
        'p.yaml:5:12: "versions" takes strings only; put quotes around 3.20',
        'p.yaml:6:16: "compile" has {man}; there are {main}, {stem}, {folder}, {sources}, {others}',
        'p.yaml:6:25: "compile" has an element that is empty or has a NUL',
        'p.yaml:7:1: "commands" must be true or false',
        'p.yaml:8:9: "versionCommand" is missing',
        'p.yaml:8:11: "newest" does not look like a version such as "3.11.2"',
        'p.yaml:8:28: there is no key "versionComand"; did you mean "versionCommand"?',
        'p.yaml:10:3: "processes" must be at least 2',
        'p.yaml:11:3: there is no key "memory"; did you mean "memoryBytes"?',
        'p.yaml:12:8: "A-B" cannot be the name of a variable: letters, digits and underscores',
        'p.yaml:12:21: "C" takes strings only; put quotes around 3',
      ])
      return true
    },
  )
})

test('an environment that is built here alone needs no image, and no command that tells its version', () => {
  const { image: _, versions: __, ...rest } = minimal
  const family = parse({ ...rest, build: 'build: { version: "1.0.0" }' })
  assert.deepEqual([family.image, family.versions, family.debian], [undefined, [], { version: '1.0.0' }])
  const both = { debian: 'debian: { version: "1.0.0", versionCommand: [x] }', build: 'build: { version: "1.0.0" }' }
  refuses(both, '8: there are "debian" and "build"; keep one of them')
  assert.throws(
    () => parse({ ...rest, versions: minimal.versions, build: 'build: { version: "1" }' }),
    /those of "image"/,
  )
})

test('an image can be of a registry with a port', () => {
  const image = (reference: string) => parse({ ...minimal, image: `image: "${reference}"` }).image
  for (const reference of ['127.0.0.1:5000/a/b:{version}', 'mirror.example/x:{version}-slim']) {
    assert.equal(image(reference), reference)
  }
  for (const wrong of ['a:1:{version}', 'a:x/b:{version}', 'A:{version}'])
    assert.throws(() => image(wrong), InvalidFamily)
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
