import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summarize } from '../measure/summary.ts'
import { alignedTable, numberText, withUnit } from './cells.ts'
import { markdownReport } from './markdown.ts'
import { type Report, targetResults } from './report.ts'
import { textReport } from './text.ts'

const report: Report = {
  version: '1.2.3',
  startedAt: '2030-01-02T03:04:05.000Z',
  durationMs: 600_000,
  isQuick: false,
  isScale: false,
  machine: {
    cpu: 'Some CPU',
    cores: 2,
    memoryBytes: 8e9,
    kernel: '6.1.0',
    operatingSystem: 'Debian',
    node: '24.0.0',
    engine: '20.10.24',
    cgroupVersion: '2',
    storageDriver: 'overlay2',
    runtime: 'runc 1.1',
    diskSyncMs: 0.5,
    loadBefore: 0.1,
  },
  scenarios: [
    {
      name: 'latency-python',
      title: 'Python',
      method: 'By looking.',
      findings: {
        rows: [
          { what: 'bare process', unit: 'ms', summary: summarize([8, 9, 10]) },
          { what: 'lost | found', unit: 'runs', value: 0 },
        ],
        ratios: [{ what: 'run-it, against the bare process', value: 0.5 }],
        targets: [
          { name: 'python-median', value: 0.5 },
          { name: 'python-p99', value: 3.5 },
        ],
        notes: ['A note.'],
      },
    },
    { name: 'burst', title: 'Burst', method: 'Loudly.', failure: 'no engine' },
  ],
}

test('targets are met, missed, or were not measured', () => {
  const results = new Map(targetResults(report).map(result => [result.name, result]))
  assert.equal(results.get('python-median')?.isMet, true)
  assert.equal(results.get('python-p99')?.isMet, false)
  assert.deepEqual(results.get('throughput'), { name: 'throughput' })
})

test('the page tells when, where, how, and what became of the targets', () => {
  const page = markdownReport(report)
  assert.match(page, /Measured 2030-01-02 with run-it 1\.2\.3 in 10 minutes/)
  assert.match(page, /2 × Some CPU/)
  assert.match(page, /By looking\./)
  assert.match(page, /\| bare process \| 9 ms \| 10 ms \| 10 ms \| 3 \|/)
  assert.match(page, /\| ≤ 1 \| 0\.500 \| met \|/)
  assert.match(page, /\| ≤ 3 \| 3\.50 \| missed \|/)
  assert.match(page, /lost \\\| found/)
  assert.match(page, /It failed: no engine\./)
})

test('the page of several processes has their targets, and no others', () => {
  const scale = { ...report, isScale: true }
  assert.deepEqual(targetResults(scale), [{ name: 'grown-table' }])
  const page = markdownReport(scale)
  assert.match(page, /^# Benchmarks of several processes\n\nWritten by `npm run bench -- --scale`/)
  assert.match(page, /a million finished ones, against one alone \| ≤ 1\.30 \| +\| not measured \|/)
  assert.doesNotMatch(page, /python hello/)
})

test('the table for a terminal has the same numbers', () => {
  const text = textReport(report)
  assert.match(text, /bare process +9 ms +10 ms +10 ms +3/)
  assert.match(text, /× 0\.500 {2}run-it, against the bare process/)
  assert.match(text, /failed: no engine/)
  assert.match(text, /not measured/)
})

test('numbers have about three digits', () => {
  assert.deepEqual([1234.5, 12.34, 1.234, 0.1234, 5000, Number.NaN].map(numberText), [
    '1,235',
    '12.3',
    '1.23',
    '0.123',
    '5,000',
    '–',
  ])
  assert.equal(withUnit(3, 'ms'), '3 ms')
})

test('columns are as wide as what is in them', () => {
  assert.deepEqual(alignedTable(['', 'b'], [['long', '1']]), ['      b', 'long  1'])
})
