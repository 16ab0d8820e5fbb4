import assert from 'node:assert/strict'
import { it } from 'node:test'
import { newRunId } from '../run/id.ts'
import { defaultCompileLimits, defaultLimits } from '../run/limits.ts'
import type { Run } from '../run/run.ts'
import { createObserver } from './create-observer.ts'
import { createLog } from './log.ts'

const createdAt = new Date('2026-01-02T03:04:05.000Z')

const run: Run = {
  id: newRunId(),
  state: 'finished',
  request: {
    environment: 'go',
    files: [{ path: 'main.go', content: 'SOURCE-TEXT', encoding: 'utf8' }],
    main: 'main.go',
    args: ['ARGUMENT'],
    stdin: { content: 'STDIN-TEXT', encoding: 'utf8' },
    env: { SECRET: 'VARIABLE-TEXT' },
    limits: defaultLimits,
    compileLimits: defaultCompileLimits,
    network: false,
    artifacts: [],
  },
  labels: {},
  priority: 0,
  pool: 'default',
  attempt: 2,
  maxAttempts: 3,
  cancelRequested: false,
  environment: { name: 'go', version: '1.16.3', digest: 'sha256:1' },
  outcome: { kind: 'exited', code: 3 },
  stages: [
    {
      name: 'run',
      outcome: { kind: 'exited', code: 3 },
      usage: { wallTimeMs: 12, cpuTimeMs: 5 },
      limitsHit: ['processes'],
      stdout: { bytes: 14, truncated: true },
      stderr: { bytes: 0, truncated: false },
    },
  ],
  workerId: 'worker-1',
  createdAt,
  finishedAt: new Date(createdAt.getTime() + 250),
}

function logged(format: 'json' | 'pretty'): readonly string[] {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) > 0 }
  const timings = { queuedMs: 7, openMs: 2.0499999999 }
  createObserver(createLog({ level: 'info', format, destination })).tell({ type: 'run-finished', run, timings })
  return lines
}

it('a finished run is one line with everything on it', () => {
  const lines = logged('json')
  assert.equal(lines.length, 1)
  const entry = JSON.parse(lines[0] ?? '')
  assert.equal(entry.run, run.id)
  assert.deepEqual([entry.environment, entry.version, entry.outcome, entry.exitCode], ['go', '1.16.3', 'exited', 3])
  assert.deepEqual([entry.attempt, entry.queuedMs, entry.openMs, entry.totalMs], [2, 7, 2, 250])
  assert.deepEqual([entry.runWallTimeMs, entry.runStdoutBytes, entry.runTruncated], [12, 14, true])
  assert.deepEqual(entry.runLimitsHit, ['processes'])
  assert.match(entry.time, /^\d{4}-.*Z$/)
})

it("nothing of the client's program is in the log", () => {
  for (const format of ['json', 'pretty'] as const) {
    assert.doesNotMatch(logged(format).join(''), /SOURCE-TEXT|STDIN-TEXT|VARIABLE-TEXT|ARGUMENT/)
  }
})

it('a pretty line is one line, without JSON around it', () => {
  const [line = ''] = logged('pretty')
  assert.match(line, /^\d\d:\d\d:\d\d run finished run=\S+ environment=go .*\n$/)
  assert.equal(line.trimEnd().includes('\n'), false)
})
