import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { sandboxesOf } from '../support/sandboxes.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

/** The middle one takes long enough to be killed with the server. */
const slow = `
import sys, time
number = int(sys.argv[1])
print(f"begun {number}", flush=True)
time.sleep(0.2 if number != 2 else 3)
print(sys.stdin.read())`

suite('recovery in the middle of tests', () => {
  let dataDirectory: string
  before(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  })
  after(() => rm(dataDirectory, { recursive: true, force: true }))

  test('after kill -9 the run ends with the verdicts of one attempt, each test once', async () => {
    const indexes = [0, 1, 2, 3, 4]
    const first = await TestServer.start({ dataDirectory })
    const { id } = await first.client.runs.submit({
      environment: 'python',
      source: slow,
      tests: indexes.map(index => ({
        name: `test ${index}`,
        args: [`${index}`],
        stdin: `${index}`,
        expected: index === 3 ? 'something else' : `begun ${index}\n${index}`,
      })),
    })
    await waitFor('the test in the middle to run', async () => {
      const bytes = await first.client.runs.stdout(id, { test: 2 })
      return Buffer.from(bytes).includes('begun 2')
    })
    await first.end('SIGKILL')
    await using second = await TestServer.start({ dataDirectory })
    const { runs } = second.client
    const finished = await runs.wait(id, { signal: AbortSignal.timeout(2 * 60_000) })
    assert.deepEqual(finished.outcome, { kind: 'tested', verdict: 'wrong-answer' }, JSON.stringify(finished))
    assert.equal(finished.attempt, 2)
    assert.deepEqual(
      finished.stages.map(stage => [stage.name, stage.test?.index, stage.test?.name, stage.test?.verdict]),
      indexes.map(index => ['test', index, `test ${index}`, index === 3 ? 'wrong-answer' : 'accepted']),
    )
    assert.deepEqual(finished.summary, { total: 5, executed: 5, verdicts: { accepted: 4, 'wrong-answer': 1 } })
    for (const index of indexes) {
      const text = Buffer.from(await runs.stdout(id, { test: index })).toString()
      assert.equal(text, `begun ${index}\n${index}\n`, `the output of test ${index}`)
    }
    await waitFor('all sandboxes to be gone', async () => (await sandboxesOf([id])).length === 0, 60_000)
  })
})
