import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sandboxesOf } from '../support/sandboxes.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

const runCount = 200

test('200 runs posted at once all finish, each exactly once, and nothing is left', async () => {
  await using server = await TestServer.start()
  const { client } = server
  const submitted = await Promise.all(
    Array.from({ length: runCount }, (_, index) =>
      client.runs.submit({ environment: 'bash', source: 'echo "$1"', args: [String(index)] }),
    ),
  )
  assert.equal(new Set(submitted.map(run => run.id)).size, runCount)
  for (const [index, { id }] of submitted.entries()) {
    const finished = await client.runs.wait(id, { signal: AbortSignal.timeout(5 * 60_000) })
    assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 })
    assert.equal(finished.attempt, 1)
    assert.equal(finished.stages[0]?.stdout.content, `${index}\n`)
    const ends = []
    for await (const event of client.runs.events(id)) if (event.type === 'finished') ends.push(event)
    assert.equal(ends.length, 1)
  }
  const ids = submitted.map(run => run.id)
  await waitFor('all sandboxes to be gone', async () => (await sandboxesOf(ids)).length === 0)
})
