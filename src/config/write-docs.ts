/** Writes docs/configuration.md: `node src/config/write-docs.ts`. A test fails while the page is older than the schema. */
import { writeFileSync } from 'node:fs'
import { configurationPage } from './configuration-page.ts'

writeFileSync(new URL('../../docs/configuration.md', import.meta.url), configurationPage())
