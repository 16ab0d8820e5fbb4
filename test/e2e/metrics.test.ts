import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePrometheus } from '../support/prometheus-text.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

test('metrics tell whether a sandbox, and its interpreter, was there before the run', async () => {
  await using server = await TestServer.start({ flags: ['--warm', 'python=1', '--slots', '1'] })
  const scrape = async () => parsePrometheus(await (await fetch(`${server.url}/metrics`)).text())
  await waitFor('a warm sandbox', async () => (await scrape()).value('run_it_sandboxes_warm') > 0, 60_000)
  const run = (submission: object) =>
    server.client.runs.submit({ environment: 'python', source: 'print(1)', ...submission }, { wait: 60 })
  // Larger than what waits: a sandbox of its own.
  const cold = await run({ limits: { diskBytes: 300 * 1024 ** 2 } })
  assert.equal(cold.outcome?.kind, 'exited')
  await waitFor('a warm sandbox', async () => (await scrape()).value('run_it_sandboxes_warm') > 0, 60_000)
  const preboot = await run({})
  assert.equal(preboot.outcome?.kind, 'exited')
  const { value } = await waitFor('both', async () => {
    const seen = await scrape()
    return seen.value('run_it_runs_finished_total', { environment: 'python', outcome: 'exited' }) === 2 && seen
  })
  assert.equal(value('run_it_sandboxes_opened_total', { environment: 'python', start: 'cold' }), 1)
  assert.equal(value('run_it_sandboxes_opened_total', { environment: 'python', start: 'preboot' }), 1)
  assert.equal(value('run_it_engine_up'), 1)
})
