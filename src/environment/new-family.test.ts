import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Catalogue } from './catalogue.ts'
import { InvalidFamily } from './invalid-family.ts'
import { type NewFamily, writeNewFamily } from './new-family.ts'

const shippedFolder = join(import.meta.dirname, '../../environments')
const shipped = await Catalogue.load([shippedFolder])

async function newFolder(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const make = (name: string, image: string, more: Partial<NewFamily> = {}) =>
    writeNewFamily(join(folder, 'own'), { name, image, dockerfile: false, ...more }, shipped)
  const load = () => Catalogue.load([shippedFolder, join(folder, 'own')])
  return { folder, make, load }
}

test('a new environment runs its programs as the one of the same image does', async context => {
  const { make, load } = await newFolder(context)
  const written = await make('lab', 'mirror.example:5000/library/python:3.13.1-slim')
  assert.deepEqual([written.hello, written.isBuilt], ['hello.py', false])
  const catalogue = await load()
  const [lab] = catalogue.resolve('lab')
  assert.deepEqual(lab?.source, { kind: 'registry', reference: 'mirror.example:5000/library/python:3.13.1-slim' })
  assert.deepEqual(lab?.recipe.run, shipped.find('python')?.recipe.run)
  assert.deepEqual(lab?.recipe.env, shipped.find('python')?.recipe.env)
  assert.equal(catalogue.byExtension('.py')?.name, 'python')
  assert.match(await readFile(join(written.folder, 'hello.py'), 'utf8'), /Hello, world!/)
})

test('a new environment can be like another one, and one of an image that nobody knows has a shell', async context => {
  const { make, load } = await newFolder(context)
  assert.equal((await make('firm', 'firm/tools:7', { like: 'c' })).hello, 'hello.c')
  assert.equal((await make('box', 'busybox:1.37.0')).hello, 'hello.sh')
  const catalogue = await load()
  assert.deepEqual(catalogue.find('firm')?.recipe.compile, shipped.find('c')?.recipe.compile)
  assert.deepEqual(catalogue.resolve('box')[0]?.recipe.run, ['sh', '{main}'])
})

test('an image without a version in its tag, and one that is to be added to, is built upon', async context => {
  const { make, load } = await newFolder(context)
  const cases = [
    await make('a', 'debian:bookworm-slim'),
    await make('b', 'alpine'),
    await make('c-lab', 'python:3.13', { dockerfile: true }),
  ]
  const froms = await Promise.all(cases.map(({ folder }) => readFile(join(folder, 'Dockerfile'), 'utf8')))
  assert.deepEqual(
    froms.map(text => text.split('\n')[0]),
    ['FROM debian:bookworm-slim', 'FROM alpine', 'FROM python:3.13'],
  )
  assert.ok(cases.every(({ isBuilt }) => isBuilt))
  const [built] = (await load()).resolve('c-lab')
  assert.deepEqual(built?.source, { kind: 'debian', folder: cases[2]?.folder, versionCommand: undefined })
})

test('what stands against a new environment is told, and leaves nothing behind', async context => {
  const { folder, make } = await newFolder(context)
  await make('lab', 'x:1.0')
  const refusals: readonly (readonly [Parameters<typeof make>, RegExp])[] = [
    [['lab', 'x:1.0'], /own\/lab: is there already; choose another name/],
    [['python', 'x:1.0'], /python is an environment already/],
    [['golang', 'x:1.0'], /go is an environment already/],
    [['Lab', 'x:1.0'], /small letters/],
    [['../lab', 'x:1.0'], /small letters/],
    [['new', 'X:1.0'], /this is no image; write one such as python:3\.13-slim/],
    [['new', 'x\nRUN id:1'], /this is no image/],
  ]
  for (const [given, message] of refusals) {
    await assert.rejects(make(...given), error => error instanceof InvalidFamily && message.test(error.message))
  }
  await assert.rejects(make('new', 'x:1.0', { like: 'pyton' }), /Did you mean python/)
  assert.deepEqual(await readdir(folder), ['own'])
  assert.deepEqual(await readdir(join(folder, 'own')), ['lab'])
})
