import { formatBytes, formatMs } from '../config/units.ts'
import type { ProgramResult, SelfTestResult } from './run-self-test.ts'
import { cleanCell, type Table } from './table.ts'

/** What a program printed can be long: this much of it tells what went wrong. */
const shownLines = 12
const shownCharacters = 160

export function selfTestTable(results: readonly SelfTestResult[]): Table {
  return {
    columns: ['name', 'version', 'size', 'cold', 'warm', 'ok'],
    rows: results.map(result => [
      result.name,
      result.version ?? '-',
      result.sizeBytes === undefined ? '-' : formatBytes(result.sizeBytes),
      result.coldMs === undefined ? '-' : formatMs(result.coldMs),
      result.warmMs === undefined ? '-' : formatMs(result.warmMs),
      result.ok ? 'ok' : `FAILED: ${failedPart(result)}`,
    ]),
  }
}

function failedPart({ programs, version }: SelfTestResult): string {
  const failed = programs.filter(program => !program.ok).map(({ program }) => program)
  return failed.length > 0 ? failed.join(', ') : version === undefined ? 'not started' : 'no program'
}

export function describeTotal(results: readonly SelfTestResult[]): string {
  const failed = results.filter(result => !result.ok).length
  const all = results.length === 1 ? '1 environment' : `${results.length} environments`
  return failed === 0 ? `${all}: all well` : `${all}: ${failed} failed`
}

/** What came out instead of what was expected. */
export function describeFailure(result: SelfTestResult): string {
  const { name, error, programs } = result
  if (error !== undefined) return `${name}: ${cleanCell(error)}\n`
  return programs.flatMap(program => describeProgram(name, program)).join('')
}

function describeProgram(name: string, { program, failure }: ProgramResult): readonly string[] {
  if (failure === undefined) return []
  const { outcome, expected, stdout, stderr } = failure
  return [
    `${name}: ${program}: ${cleanCell(outcome)}\n`,
    block('expected', expected),
    block('stdout', stdout),
    ...(stderr === '' ? [] : [block('stderr', stderr)]),
  ]
}

function block(label: string, text: string): string {
  if (text === '') return `  ${label}: nothing\n`
  const lines = text.replace(/\n$/, '').split('\n')
  const shown = lines.slice(0, shownLines).map(line => `    ${cleanCell(line.slice(0, shownCharacters))}\n`)
  const more = lines.length - shown.length
  return `  ${label}:\n${shown.join('')}${more > 0 ? `    … and ${more} more lines\n` : ''}`
}
