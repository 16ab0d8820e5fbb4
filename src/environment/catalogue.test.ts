import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../run/problem.ts'
import { Catalogue } from './catalogue.ts'
import type { Environment, Family } from './environment.ts'
import { InvalidFamily } from './invalid-family.ts'

function family(name: string, changes: Partial<Family> = {}): Family {
  return {
    name,
    title: name,
    aliases: [],
    extensions: [`.${name}`],
    main: `main.${name}`,
    image: `${name}:{version}-slim`,
    versions: ['1.0.0'],
    recipe: { run: [name, '{main}'], env: {} },
    commands: true,
    limits: {},
    compileLimits: {},
    folder: `/environments/${name}`,
    ...changes,
  }
}

const catalogue = new Catalogue([
  family('python', {
    aliases: ['py'],
    versions: ['3.13.9', '3.14.0', '3.11.14', '3.11.9', '2.7.18'],
    allow: '>=3.6',
    debian: { version: '3.11.2', versionCommand: ['python3', '-V'] },
  }),
  family('bash', {
    versions: ['5.3', '5.2.37'],
    debian: { version: '5.2.37', versionCommand: ['bash', '--version'] },
  }),
  family('javascript', { aliases: ['js', 'node'] }),
])

/** `python:3.14.0-slim`, or `debian 3.11.2`. */
function shown(environments: readonly Environment[]): readonly string[] {
  return environments.map(({ source, version }) => (source.kind === 'debian' ? `debian ${version}` : source.reference))
}

function problemOf(request: string): Problem {
  try {
    catalogue.resolve(request)
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.errors[0]?.pointer, '/environment')
    return error
  }
  throw new assert.AssertionError({ message: `${request} was resolved` })
}

test('a pinned environment is had by its digest only, whatever is offered now', () => {
  const pinned = catalogue.pinned({ name: 'python', version: '3.11.4', digest: 'sha256:1' })
  assert.deepEqual(shown(pinned), ['python:3.11.4-slim', 'debian 3.11.4'])
  assert.ok(pinned.every(({ digest, name }) => digest === 'sha256:1' && name === 'python'))
  assert.deepEqual(shown(catalogue.pinned({ name: 'javascript', version: '9', digest: 'sha256:1' })), [
    'javascript:9-slim',
  ])
  assert.throws(() => catalogue.pinned({ name: 'perl', version: '5', digest: 'sha256:1' }), {
    code: 'unknown-environment',
  })
})

test('a bare name means the default version, and what Debian gives where no registry is', () => {
  assert.deepEqual(shown(catalogue.resolve('python')), ['python:3.13.9-slim', 'debian 3.11.2'])
  assert.deepEqual(shown(catalogue.resolve('javascript')), ['javascript:1.0.0-slim'])
})

test('names and aliases are found whatever their case', () => {
  for (const request of ['PY', 'Python', 'py']) assert.equal(catalogue.resolve(request)[0]?.name, 'python', request)
  assert.equal(catalogue.find('Node')?.name, 'javascript')
  assert.equal(catalogue.find('cobol'), undefined)
  assert.equal(catalogue.byExtension('.BASH')?.name, 'bash')
})

test('latest means the highest advertised version, whichever stands first', () => {
  assert.deepEqual(shown(catalogue.resolve('python@latest')), ['python:3.14.0-slim', 'debian 3.11.2'])
})

test('a range means the advertised versions in it, the highest first, then Debian', () => {
  assert.deepEqual(shown(catalogue.resolve('python@^3.11')), [
    'python:3.14.0-slim',
    'python:3.13.9-slim',
    'python:3.11.14-slim',
    'python:3.11.9-slim',
    'debian 3.11.2',
  ])
  assert.deepEqual(shown(catalogue.resolve('python@>=3.12,<3.14')), ['python:3.13.9-slim'])
})

test('a partial version is a range', () => {
  const expected = ['python:3.11.14-slim', 'python:3.11.9-slim', 'debian 3.11.2']
  for (const request of ['python@3.11', 'python@3.11.x', 'python@~3.11', 'python@=3.11']) {
    assert.deepEqual(shown(catalogue.resolve(request)), expected, request)
  }
})

test('a range that only Debian is in means Debian', () => {
  assert.deepEqual(shown(catalogue.resolve('python@<3.11.9,>=3')), ['debian 3.11.2'])
})

test('an exact version means that one, and Debian when it is the same', () => {
  assert.deepEqual(shown(catalogue.resolve('python@3.11.9')), ['python:3.11.9-slim'])
  assert.deepEqual(shown(catalogue.resolve('python@v3.11.9')), ['python:3.11.9-slim'])
  assert.deepEqual(shown(catalogue.resolve('python@3.11.2')), ['python:3.11.2-slim', 'debian 3.11.2'])
  assert.deepEqual(shown(catalogue.resolve('bash@5.2.37')), ['bash:5.2.37-slim', 'debian 5.2.37'])
})

test('an advertised version that is not strict semver is exact as it is written', () => {
  assert.deepEqual(shown(catalogue.resolve('bash@5.3')), ['bash:5.3-slim'])
  assert.deepEqual(shown(catalogue.resolve('bash@5')), ['bash:5.3-slim', 'bash:5.2.37-slim', 'debian 5.2.37'])
})

test('an exact version that is not advertised needs to be allowed', () => {
  assert.deepEqual(shown(catalogue.resolve('python@3.7.3')), ['python:3.7.3-slim'])
  assert.equal(problemOf('python@3.5.9').code, 'unknown-version')
  assert.equal(problemOf('bash@5.1.0').code, 'unknown-version')
  assert.deepEqual(shown(catalogue.resolve('python@2.7.18')), ['python:2.7.18-slim'], 'advertised needs no permission')
})

test('an environment carries what a worker needs', () => {
  const [published, built] = catalogue.resolve('python')
  assert.deepEqual(published, {
    name: 'python',
    version: '3.13.9',
    source: { kind: 'registry', reference: 'python:3.13.9-slim' },
    recipe: { run: ['python', '{main}'], env: {} },
    extensions: ['.python'],
  })
  assert.deepEqual(built?.source, { kind: 'debian', folder: '/environments/python', versionCommand: ['python3', '-V'] })
})

test('an unknown environment is answered with the nearest names and all of them', () => {
  const problem = problemOf('pyton@3')
  assert.equal(problem.code, 'unknown-environment')
  assert.equal(problem.message, 'There is no environment "pyton". Did you mean python? All: bash, javascript, python.')
  assert.match(problemOf('nod').message, /Did you mean javascript\?/)
  assert.doesNotMatch(problemOf('fortran-2023').message, /Did you mean/)
})

test('an unknown version is answered with the nearest and all of them', () => {
  const problem = problemOf('python@3.11.999,<3')
  assert.equal(problem.code, 'unknown-version')
  assert.match(problem.message, /^There is no python@3\.11\.999,<3\. Nearest: 3\.11\.14, 3\.11\.9, 3\.11\.2\. All: /)
  assert.match(
    problemOf('bash@5.2.36').message,
    /^There is no bash@5\.2\.36\. Nearest: 5\.2\.37, 5\.3\. All: 5\.3, 5\.2\.37\.$/,
  )
  assert.match(problemOf('python@3.5').message, /; any other exact version in >=3\.6 may be asked for as well\.$/)
  assert.match(problemOf('python@banana').message, /^There is no python@banana\. Nearest: /)
})

test('a malformed request is a problem of its own, with control characters made visible', () => {
  for (const request of [
    '',
    ' python',
    'python ',
    'python@3 11',
    'python@',
    '@3',
    'python@3@3',
    'python\n',
    'py\u0000thon',
    'python@3;ls',
    'python@$(ls)',
    'python@`ls`',
    'python@3/../..',
    'python:3',
    '../python',
    'ghcr.io/x/y',
    'p\u00ffthon',
    'python@\ud800',
    'a'.repeat(101),
  ]) {
    const problem = problemOf(request)
    assert.equal(problem.code, 'invalid-request', JSON.stringify(request))
    assert.doesNotMatch(problem.message, /\p{Cc}/u)
    assert.ok(problem.message.length < 400)
  }
})

test('whatever is asked for, the answer is a problem or references made of plain characters', () => {
  const pieces = fc.constantFrom(
    'python',
    'bash',
    '@',
    '3',
    '.',
    '11',
    '^',
    '<',
    ',',
    '*',
    '-',
    'x',
    '|',
    ' ',
    '/',
    ':',
    '\n',
  )
  const requests = fc.oneof(
    fc.string(),
    fc.array(pieces).map(parts => parts.join('')),
    fc.string().map(text => `python@${text}`),
  )
  fc.assert(
    fc.property(requests, request => {
      try {
        const found = catalogue.resolve(request)
        assert.notEqual(found.length, 0)
        for (const { source, version } of found) {
          assert.match(version, /^[A-Za-z0-9._-]+$/)
          if (source.kind === 'registry') assert.match(source.reference, /^[a-z]+:[A-Za-z0-9._-]+$/)
        }
      } catch (error) {
        if (!(error instanceof Problem)) throw error
      }
    }),
    { numRuns: 2000 },
  )
})

test('two families cannot claim the same name, alias or extension', () => {
  const refused = (other: Family) => assert.throws(() => new Catalogue([family('go'), other]), InvalidFamily)
  refused(family('rust', { aliases: ['go'] }))
  refused(family('rust', { extensions: ['.go'] }))
  refused(family('go'))
})

test('families are listed by name', () => {
  assert.deepEqual(
    catalogue.families().map(({ name }) => name),
    ['bash', 'javascript', 'python'],
  )
})

test('load reads folders, and a later one replaces an environment of an earlier one', async context => {
  const root = await mkdtemp(join(tmpdir(), 'catalogue-'))
  context.after(() => rm(root, { recursive: true }))
  const write = async (folder: string, name: string, title: string) => {
    await mkdir(join(root, folder, name), { recursive: true })
    const text = `title: ${title}\nextensions: [.${name}]\nmain: m\nimage: i:{version}\nversions: ["1"]\nrun: [r]\n`
    await writeFile(join(root, folder, name, 'environment.yaml'), text)
  }
  await write('ours', 'ada', 'Ada')
  await write('ours', 'lua', 'Lua')
  await write('theirs', 'lua', 'Another Lua')
  await writeFile(join(root, 'ours', 'README.md'), 'not an environment')
  const loaded = await Catalogue.load([join(root, 'ours'), join(root, 'theirs')])
  assert.deepEqual(
    loaded.families().map(({ title, folder }) => [title, folder]),
    [
      ['Ada', join(root, 'ours/ada')],
      ['Another Lua', join(root, 'theirs/lua')],
    ],
  )
})

test('load names a folder that is not there', async () => {
  await assert.rejects(Catalogue.load(['/nowhere']), { name: 'InvalidFamily', message: /^\/nowhere: / })
})

test('of two environments with the same extension the one of the earlier folder has it', () => {
  const own = family('lab', { extensions: ['.python'], folder: '/own/lab' })
  assert.equal(new Catalogue([family('python'), own]).byExtension('.python')?.name, 'python')
  const beside = family('lab', { extensions: ['.python'] })
  assert.throws(() => new Catalogue([family('python'), beside]), /"\.python" belongs to the environment python already/)
})

test('what is wrong with one environment says nothing of the others: all of it is told', async context => {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  for (const name of ['a', 'b']) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'environment.yaml'), 'title: T\nmain: x.a\nrun: [x]\n')
  }
  await assert.rejects(Catalogue.load([undefined, folder]), (error: unknown) => {
    assert.ok(error instanceof InvalidFamily)
    for (const name of ['a', 'b']) {
      for (const key of ['extensions', 'image', 'versions']) {
        assert.ok(error.faults.includes(`${folder}/${name}/environment.yaml:1:1: "${key}" is missing`), error.message)
      }
    }
    assert.equal(error.faults.length, 6)
    return true
  })
})
