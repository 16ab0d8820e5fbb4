import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Catalogue } from './catalogue.ts'

const folder = join(import.meta.dirname, '../../environments')
const catalogue = await Catalogue.load([folder])

test('the environments that come with the project are all there', () => {
  assert.deepEqual(
    catalogue.families().map(({ name }) => name),
    ['bash', 'c', 'go', 'javascript', 'python'],
  )
})

for (const family of catalogue.families()) {
  test(`${family.name} has a program that says hello`, async () => {
    const hello = await readFile(join(family.folder, `hello${family.extensions[0]}`), 'utf8')
    assert.match(hello, /Hello, world!/)
  })

  test(`${family.name} has a Dockerfile on a base that can be chosen, and leaves no package lists behind`, async () => {
    const dockerfile = await readFile(join(family.folder, 'Dockerfile'), 'utf8')
    assert.match(dockerfile, /^ARG BASE=debian:bookworm-slim\nFROM \$\{BASE\}\n/)
    assert.match(dockerfile, /apt-get install --yes --no-install-recommends/)
    assert.match(dockerfile, /rm -rf \/var\/lib\/apt\/lists\/\*/)
  })

  test(`${family.name} can be had with and without a registry`, () => {
    assert.deepEqual(
      catalogue.resolve(family.name).map(({ source }) => source.kind),
      ['registry', 'debian'],
    )
  })

  test(`${family.name} resolves each version that it advertises to itself`, () => {
    for (const version of family.versions) {
      assert.equal(catalogue.resolve(`${family.name}@${version}`)[0]?.version, version)
    }
  })

  test(`${family.name} names its main file by one of its extensions`, () => {
    assert.ok(family.extensions.some(extension => family.main.endsWith(extension)))
  })
}
