import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Diagnosis } from '../platform/diagnosis.ts'
import { runCommandLine } from './command-line.ts'
import { diagnoseNode } from './machine.ts'
import { testContext } from './test-context.ts'

const healthy: Diagnosis = { check: 'engine', status: 'ok', detail: 'it answers' }
const warning: Diagnosis = { check: 'runc', status: 'warning', detail: 'it is old', remedy: 'Update it.' }
const failure: Diagnosis = { check: 'seccomp', status: 'failed', detail: 'there is none', remedy: 'Get a kernel.' }

async function doctor(diagnoses: () => readonly Diagnosis[], ...flags: string[]) {
  const variables = { RUN_IT_DATA_DIRECTORY: process.cwd() }
  const app = { diagnose: async () => diagnoses() }
  const context = testContext({ argv: ['doctor', ...flags], folder: process.cwd(), variables, app })
  const exitCode = await runCommandLine(context)
  return { exitCode, text: context.written.stdoutText }
}

test('doctor exits with 0 when there is nothing worse than a warning, and says what to do', async () => {
  const { exitCode, text } = await doctor(() => [healthy, warning])
  assert.equal(exitCode, 0)
  assert.match(text, /^ok +engine +it answers$/m)
  assert.match(text, /^warning +runc +it is old\n +→ Update it\.$/m)
})

test('doctor exits with 69 when a check failed', async () => {
  const { exitCode, text } = await doctor(() => [healthy, failure])
  assert.equal(exitCode, 69)
  assert.match(text, /^FAILED +seccomp +there is none\n +→ Get a kernel\.$/m)
})

test('doctor --json prints what it found and nothing else', async () => {
  const { exitCode, text } = await doctor(() => [failure], '--json')
  assert.equal(exitCode, 69)
  const found = JSON.parse(text) as Diagnosis[]
  assert.deepEqual(found.at(-1), failure)
  assert.ok(found.some(({ check, status }) => check === 'data directory' && status === 'ok'))
})

test('doctor reports an engine part that cannot start, instead of failing', async () => {
  const { exitCode, text } = await doctor(() => {
    throw new Error('an environment cannot be read')
  })
  assert.equal(exitCode, 69)
  assert.match(text, /an environment cannot be read/)
})

test('diagnoseNode wants 24.9 or later', () => {
  assert.equal(diagnoseNode('24.8.1').status, 'failed')
  assert.equal(diagnoseNode('20.20.2').status, 'failed')
  assert.equal(diagnoseNode('24.9.0').status, 'ok')
  assert.equal(diagnoseNode('26.0.0').status, 'ok')
})
