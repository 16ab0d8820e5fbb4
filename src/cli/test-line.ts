import type { Run, Stage, TestSummary } from '@run-it/sdk'
import { formatBytes, formatMs } from '../config/units.ts'
import type { Terminal } from './context.ts'
import { cleanCell } from './table.ts'
import { write } from './write.ts'

const verdictWidth = 14
const nameWidth = 16
const usageWidth = 10

/** A test that ended: aligned on a terminal; tab separated in a pipe. Its output is not shown, only what became of it. */
export async function writeTest(stdout: Terminal, stage: Stage): Promise<void> {
  const cells = testCells(stage)
  if (cells === undefined) return
  const [verdict = '', name = '', time = '', memory = '', detail = ''] = cells.map(cleanCell)
  const line = stdout.isTTY
    ? [
        verdict.padEnd(verdictWidth),
        name.padEnd(nameWidth),
        time.padStart(usageWidth),
        memory.padStart(usageWidth),
        detail,
      ]
        .join('  ')
        .trimEnd()
    : [verdict, name, time, memory, detail].join('\t')
  await write(stdout, `${line}\n`)
}

function testCells({ test, usage }: Stage): readonly string[] | undefined {
  if (test === undefined) return undefined
  const memory = usage.memoryPeakBytes === undefined ? '' : formatBytes(usage.memoryPeakBytes)
  return [test.verdict, test.name, formatMs(usage.wallTimeMs), memory, test.detail ?? '']
}

/** `48 of 50 tests accepted; 1 wrong-answer, 1 timed-out`. */
export function describeSummary({ total, verdicts }: TestSummary): string {
  const { accepted = 0, ...others } = verdicts
  const rest = Object.entries(others).map(([verdict, count]) => `${count} ${verdict}`)
  const tests = total === 1 ? 'test' : 'tests'
  return `${accepted} of ${total} ${tests} accepted${rest.length > 0 ? `; ${rest.join(', ')}` : ''}`
}

export function summaryRemarks({ summary }: Run): readonly string[] {
  return summary === undefined ? [] : [describeSummary(summary)]
}
