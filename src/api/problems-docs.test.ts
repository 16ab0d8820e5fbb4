import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { problems } from '../run/problem.ts'

const page = await readFile(new URL('../../docs/problems.md', import.meta.url), 'utf8')
const sections = [...page.matchAll(/^## (.+)\n\n(\d+)\./gm)].map(([, code, status]) => [code, Number(status)])

test('the page of problems has a section for each, with its status, and for nothing else', () => {
  const catalogue = Object.entries(problems).map(([code, { status }]) => [code, status])
  assert.deepEqual(sections.toSorted(), catalogue.toSorted())
  assert.equal(page.match(/^## /gm)?.length, catalogue.length)
})
