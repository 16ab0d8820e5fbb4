import { numberText, rowCells, rowHeadings, targetCells, targetHeadings } from './cells.ts'
import { type Report, type ScenarioReport, targetResults } from './report.ts'

/** `docs/benchmarks.md`, or `docs/benchmarks-scale.md`. */
export function markdownReport(report: Report): string {
  const { machine, isScale } = report
  const minutes = Math.round(report.durationMs / 60_000)
  const command = isScale ? 'npm run bench -- --scale' : 'npm run bench'
  return `${[
    isScale ? '# Benchmarks of several processes' : '# Benchmarks',
    `Written by \`${command}\`: change that, not this page. Nothing here is compared with a number from another day or another machine: each ` +
      'comparison is a ratio of two things that took turns in the same run of the bench.',
    `Measured ${report.startedAt.slice(0, 10)} with run-it ${report.version} in ${minutes} minutes on:`,
    table(
      ['', ''],
      [
        ['processor', `${machine.cores} × ${machine.cpu}`],
        ['memory', `${numberText(Math.round(machine.memoryBytes / 1e9))} GB`],
        ['system', `${machine.operatingSystem}, Linux ${machine.kernel}`],
        [
          'engine',
          `Docker Engine ${machine.engine}, ${machine.runtime}, ${machine.storageDriver}, cgroup v${machine.cgroupVersion}`,
        ],
        ['Node', machine.node],
        ['load before', `${numberText(machine.loadBefore)} (a machine with nothing else to do has about 0)`],
        ['disk', `${numberText(machine.diskSyncMs)} ms to make a block safe (median)`],
      ],
    ),
    ...(report.isQuick
      ? ['**A quick run**: few samples, so a p90 or p99 here is little more than the slowest of them.']
      : []),
    '## Targets',
    'What is without a unit is a ratio.',
    table(targetHeadings, targetResults(report).map(targetCells)),
    ...report.scenarios.flatMap(scenarioMarkdown),
    '## Again',
    'Percentiles are by the nearest rank, so a p99 of fewer than 100 samples is the slowest one. `npm run bench -- --help` tells what can be ' +
      `chosen${isScale ? '' : '; [several processes](benchmarks-scale.md) have a page of their own'}; \`--quick\` takes some minutes and leaves this page alone, unless \`--write\` is there too.`,
  ].join('\n\n')}\n`
}

function scenarioMarkdown({ title, method, findings, failure }: ScenarioReport): readonly string[] {
  if (findings === undefined) return [`## ${title}`, method, `It failed: ${failure ?? 'nobody knows why'}.`]
  const ratios = findings.ratios.map(({ what, value }) => [what, numberText(value)])
  return [
    `## ${title}`,
    method,
    table(rowHeadings, findings.rows.map(rowCells)),
    ...(ratios.length === 0 ? [] : [table(['ratio', ''], ratios)]),
    ...findings.notes,
  ]
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const ruler = headings.map((_, column) => (column === 0 ? '---' : '--:'))
  return [headings, ruler, ...rows].map(cells => `| ${cells.map(escaped).join(' | ')} |`).join('\n')
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|')
}
