import assert from 'node:assert/strict'
import { it } from 'node:test'
import { RunItClient, RunItConnectionError } from '@run-it/sdk'
import { fakeRun, fakeServer } from './fake-server.ts'
import { followSubmission } from './follow-submission.ts'
import { testContext } from './test-context.ts'

it('a run whose server went away is told where to be found', async t => {
  const server = fakeServer()
  const flaky: typeof fetch = async (input, init) => {
    if (init?.method === 'POST') return server.fetch(input, init)
    throw new TypeError('fetch failed')
  }
  const context = testContext({ argv: [] })
  const client = new RunItClient({ fetch: flaky })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const following = followSubmission(
    client,
    { environment: 'python', source: '' },
    { signal: new AbortController().signal, printsJson: false, context },
  )
  const ended = following.then(
    () => 'resolved',
    error => error,
  )
  let end: unknown
  void ended.then(result => {
    end = result
  })
  while (end === undefined) {
    t.mock.timers.tick(10_000)
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.ok(end instanceof RunItConnectionError)
  assert.match(
    context.written.stderrText,
    new RegExp(`the run goes on without us; see it with: run-it logs --follow ${fakeRun.id}`),
  )
  assert.deepEqual(server.cancels, [])
})
