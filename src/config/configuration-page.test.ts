import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { configurationPage } from './configuration-page.ts'

it('docs/configuration.md says what the schema says (renew it with `node src/config/write-docs.ts`)', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  assert.equal(page, configurationPage())
})
