import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleRun } from '../../test/support/example-run.ts'
import type { Run, StageResult } from '../run/run.ts'
import { runFromNew } from '../store/run-row.ts'
import { webhookPayload } from './webhook-payload.ts'

const finishedAt = new Date('2026-03-01T10:00:00Z')

function finishedRun(stdoutBytes: number): Run {
  const none = { bytes: 0, truncated: false }
  const stage: StageResult = {
    name: 'run',
    outcome: { kind: 'exited', code: 0 },
    usage: { wallTimeMs: 1 },
    limitsHit: [],
    stdout: { ...none, bytes: stdoutBytes },
    stderr: none,
  }
  return { ...runFromNew(exampleRun()), state: 'finished', outcome: stage.outcome, stages: [stage], finishedAt }
}

const rendering = (output: string) => ({
  plain: ({ id }: Run) => ({ id }),
  withOutput: async ({ id }: Run) => ({ id, output }),
})

test('a message has a type, the time of the end, and the run with its output', async () => {
  const run = finishedRun(5)
  assert.deepEqual(JSON.parse(await webhookPayload(run, rendering('hello'))), {
    type: 'run.finished',
    timestamp: '2026-03-01T10:00:00.000Z',
    data: { id: run.id, output: 'hello' },
  })
})

test('much output is left out, and not even read', async () => {
  const run = finishedRun(256 * 1024 + 1)
  const withOutput = () => assert.fail('it was read')
  const body = await webhookPayload(run, { ...rendering(''), withOutput })
  assert.deepEqual(JSON.parse(body).data, { id: run.id })
})

test('a body is never larger than 1 MiB', async () => {
  // In JSON a byte can become six characters.
  const body = await webhookPayload(finishedRun(200_000), rendering('\u0001'.repeat(200_000)))
  assert.equal('output' in JSON.parse(body).data, false)
})
