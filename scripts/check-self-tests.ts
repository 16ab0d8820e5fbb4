// Prints what `run-it env test --json` found as a table, and fails if an environment has another version than its file says.
//
//   node scripts/check-self-tests.ts REPORT
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SelfTestResult } from '../src/cli/run-self-test.ts'
import { selfTestTable } from '../src/cli/self-test-text.ts'
import { writeTable } from '../src/cli/table.ts'
import { Catalogue } from '../src/environment/catalogue.ts'

const [report = ''] = process.argv.slice(2)
const results = JSON.parse(readFileSync(report, 'utf8')) as readonly SelfTestResult[]
const catalogue = await Catalogue.load([fileURLToPath(new URL('../environments', import.meta.url))])

await writeTable(process.stdout, selfTestTable(results))
for (const { name, version } of results) {
  const { versions, debian } = catalogue.familyOf(name)
  const declared = [...versions, ...(debian ? [debian.version] : [])]
  if (version === undefined || declared.includes(version)) continue
  process.stderr.write(
    `run-it: ${name} is ${version}; environments/${name}/environment.yaml says ${declared.join(', ')}\n`,
  )
  process.exitCode = 1
}
