import type { Row } from '../scenario.ts'
import { type TargetName, targets } from '../targets.ts'
import type { TargetResult } from './report.ts'

export const rowHeadings = ['', 'median', 'p90', 'p99', 'samples'] as const

/** A row's cells, as text, under `rowHeadings`. */
export function rowCells(row: Row): readonly string[] {
  if ('value' in row) return [row.what, withUnit(row.value, row.unit), '', '', '1']
  const { median, p90, p99, samples } = row.summary
  return [row.what, withUnit(median, row.unit), withUnit(p90, row.unit), withUnit(p99, row.unit), String(samples)]
}

export const targetHeadings = ['target', 'bound', 'measured', ''] as const

export function targetCells(result: TargetResult): readonly string[] {
  const { what, unit } = targets[result.name]
  if (result.value === undefined) return [what, boundText(result.name), '', 'not measured']
  return [what, boundText(result.name), withUnit(result.value, unit), result.isMet ? 'met' : 'missed']
}

function boundText(name: TargetName): string {
  const { bound, unit } = targets[name]
  return `${bound.kind === 'at-most' ? '≤' : '≥'} ${withUnit(bound.value, unit)}`
}

export function withUnit(value: number, unit: string): string {
  return unit === '' ? numberText(value) : `${numberText(value)} ${unit}`
}

/** Three digits are more than a measurement is good for. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Number.isInteger(value)) return value.toLocaleString('en')
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Columns of the same width each; numbers to the right of the first column. */
export function alignedTable(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map(row => row[column]?.length ?? 0)),
  )
  return [headings, ...rows].map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
