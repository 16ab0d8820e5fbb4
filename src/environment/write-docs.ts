/** Writes the table in docs/environments.md: `node src/environment/write-docs.ts`. A test fails while it is older than the catalogue. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Catalogue } from './catalogue.ts'
import { withFamiliesTable } from './families-table.ts'

const page = new URL('../../docs/environments.md', import.meta.url)
const catalogue = await Catalogue.load([fileURLToPath(new URL('../../environments', import.meta.url))])
writeFileSync(page, withFamiliesTable(readFileSync(page, 'utf8'), catalogue))
