import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Catalogue } from './catalogue.ts'
import { helloOutput, readSelfTest } from './self-test.ts'

const folder = join(import.meta.dirname, '../../environments')
// Loading it refuses a name, alias or extension that two families claim.
const catalogue = await Catalogue.load([folder])

/** Their languages read no words: they have a task of their own. */
const withOwnTask = ['bc', 'brainfuck']
/** Its input is the same lines as JSON. */
const withOwnInput = ['jq']

test('at least forty environments come with the project', () => {
  assert.ok(catalogue.families().length >= 40, `${catalogue.families().length}`)
})

for (const family of catalogue.families()) {
  test(`${family.name} brings a program that says hello, and one that reads and prints`, async () => {
    const { programs } = await readSelfTest(family)
    const [hello, sample] = programs
    assert.deepEqual(
      programs.map(({ program }) => program),
      ['hello', 'sample'],
    )
    assert.ok(sample && sample.stdin !== '' && sample.expected !== '')
    if (family.name !== 'brainfuck') assert.ok(hello?.source.includes(helloOutput.trim()), hello?.source)
  })

  test(`${family.name} counts the same words in its sample as the others`, async () => {
    const [, common] = (await readSelfTest(await familyOf('python'))).programs
    const [, sample] = (await readSelfTest(family)).programs
    const isOwnTask = withOwnTask.includes(family.name)
    assert.equal(sample?.expected === common?.expected, !isOwnTask)
    assert.equal(sample?.stdin === common?.stdin, !isOwnTask && !withOwnInput.includes(family.name))
  })

  test(`${family.name} has a Dockerfile on a base that can be chosen, and leaves no package lists behind`, async () => {
    const dockerfile = await readFile(join(family.folder, 'Dockerfile'), 'utf8')
    assert.match(dockerfile, /^ARG BASE=debian:bookworm-slim\nFROM \$\{BASE\}\n/)
    const layers = dockerfile.replaceAll('\\\n', ' ').split('\n')
    const installing = layers.filter(line => line.includes('apt-get install'))
    assert.ok(installing.length > 0)
    for (const line of installing) {
      assert.match(line, /apt-get install --yes --no-install-recommends/)
      assert.match(line, /rm -rf \/var\/lib\/apt\/lists\/\*/)
    }
  })

  test(`${family.name} can be had without a registry, and with one where an image is published`, () => {
    assert.deepEqual(
      catalogue.resolve(family.name).map(({ source }) => source.kind),
      family.image === undefined ? ['debian'] : ['registry', 'debian'],
    )
  })

  test(`${family.name} resolves each version that it offers to itself`, () => {
    for (const version of [...family.versions, family.debian?.version ?? '']) {
      assert.equal(catalogue.resolve(`${family.name}@${version}`)[0]?.version, version)
    }
  })

  test(`${family.name} names its main file by one of its extensions`, () => {
    assert.ok(family.extensions.some(extension => family.main.endsWith(extension)))
  })
}

async function familyOf(name: string) {
  const family = catalogue.find(name)
  assert.ok(family)
  return family
}
