import { alignedTable, numberText, rowCells, rowHeadings, targetCells, targetHeadings } from './cells.ts'
import { type Report, type ScenarioReport, targetResults } from './report.ts'

/** The report for a terminal. */
export function textReport(report: Report): string {
  const { machine } = report
  const head = `run-it ${report.version} on ${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Docker Engine ${machine.engine}, cgroup v${machine.cgroupVersion}`
  const targetRows = alignedTable(targetHeadings, targetResults(report).map(targetCells))
  return [head, ...report.scenarios.map(scenarioText), targetRows.join('\n'), ''].join('\n\n')
}

function scenarioText({ name, title, findings, failure }: ScenarioReport): string {
  const lines = [`${title} (${name})`]
  if (failure !== undefined) lines.push(`  failed: ${failure}`)
  if (findings === undefined) return lines.join('\n')
  for (const line of alignedTable(rowHeadings, findings.rows.map(rowCells))) lines.push(`  ${line}`)
  for (const { what, value } of findings.ratios) lines.push(`  × ${numberText(value)}  ${what}`)
  for (const note of findings.notes) lines.push(`  ${note}`)
  return lines.join('\n')
}
