import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Catalogue } from './catalogue.ts'
import { withFamiliesTable } from './families-table.ts'

const catalogue = await Catalogue.load([fileURLToPath(new URL('../../environments', import.meta.url))])

test('docs/environments.md lists the families that there are (renew it with `node src/environment/write-docs.ts`)', () => {
  const page = readFileSync(new URL('../../docs/environments.md', import.meta.url), 'utf8')
  assert.equal(page, withFamiliesTable(page, catalogue))
})

test('a page without a place for the table is refused', () => {
  assert.throws(() => withFamiliesTable('# Environments\n', catalogue), /no place for the families/)
})

test('the README names every language, and counts them', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const list = [...readme.matchAll(/^> (.*)$/gm)].map(([, line]) => line).join(' ')
  const titles = catalogue.families().map(({ title }) => title.replace(/ \(.*/, ''))
  const alphabetical = titles.toSorted((a, b) => a.localeCompare(b, 'en'))
  assert.deepEqual(list.split(/,\s*/), alphabetical)
  assert.ok(readme.includes(`in ${titles.length} languages`))
})
