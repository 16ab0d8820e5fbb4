import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { exampleRun } from '../../test/support/example-run.ts'
import { finished, stdout, submit, type WorkerHouse, workerHouse } from '../../test/support/worker-house.ts'
import { FakePlatform } from '../platform/fake/fake-platform.ts'
import type { FakeProgram } from '../platform/fake/fake-program.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { RunId } from '../run/id.ts'
import type { StageOutcome } from '../run/outcome.ts'
import type { Run } from '../run/run.ts'
import type { RunTest } from '../run/test-plan.ts'

const outOfMemory: StageOutcome = { kind: 'out-of-memory', limitBytes: 1 }
const timedOut: StageOutcome = { kind: 'timed-out', clock: 'wall', limitMs: 1 }
const exited: StageOutcome = { kind: 'exited', code: 0 }

/** Tests whose program prints its argument and ends so; the sandbox of those in `lost` does not survive them. */
interface Scene {
  readonly endings: readonly StageOutcome[]
  readonly lost: readonly number[]
  /** How often a test takes its sandbox along. */
  readonly times?: number
}

interface Stand {
  readonly house: WorkerHouse
  readonly platform: FakePlatform
  readonly id: RunId
  /** What was executed, in order: `compile`, or the number of a test. */
  readonly executed: string[]
}

async function judged(
  context: TestContext,
  { endings, lost, times = Number.POSITIVE_INFINITY }: Scene,
): Promise<Stand> {
  const executed: string[] = []
  let losses = 0
  const program = (process: Parameters<FakeProgram>[0]) => {
    if (process.stage.name === 'compile') {
      executed.push('compile')
      process.files.set('.out/main', Buffer.from('built'))
      return undefined
    }
    const argument = process.stage.argv.at(-1) ?? ''
    executed.push(argument)
    // Each finds what was compiled, and nothing else.
    process.write('stdout', `${argument} ${[...process.files.keys()].join(' ')}\n`)
    process.files.set('mark', Buffer.from('mark'))
    if (lost.includes(Number(argument)) && losses < times) {
      losses += 1
      platform.failNext('restore', new PlatformError('sandbox-lost', 'its container has ended'))
    }
    return endings[Number(argument)]
  }
  const platform = new FakePlatform({ program: () => program })
  const house = await workerHouse(context, { platform })
  const { request } = exampleRun()
  const tests = endings.map(
    (_, index): RunTest => ({
      name: `${index}`,
      stdin: { content: '', encoding: 'utf8' },
      args: [`${index}`],
      files: [],
      checker: { kind: 'trimmed' },
      limits: request.limits,
    }),
  )
  const run = exampleRun({
    request: { ...request, tests: { tests, checkers: [], stopOnFailure: false } },
    maxAttempts: 2,
  })
  const id = await submit(house, '', run)
  house.start()
  return { house, platform, id, executed }
}

function verdicts(run: Run): (string | undefined)[] {
  return run.stages.flatMap(stage => (stage.test === undefined ? [] : [stage.test.verdict]))
}

test('a test that takes the sandbox down leaves the next ones their verdicts, three times', async context => {
  const endings = [exited, outOfMemory, outOfMemory, timedOut, exited]
  const { house, platform, id, executed } = await judged(context, { endings, lost: [1, 2, 3] })
  const run = await finished(house, id)
  assert.deepEqual(verdicts(run), ['accepted', 'out-of-memory', 'out-of-memory', 'timed-out', 'accepted'])
  assert.deepEqual(run.outcome, { kind: 'tested', verdict: 'out-of-memory' })
  assert.equal(run.attempt, 1)
  // Compiled again for each new sandbox, but told of once.
  assert.deepEqual(executed, ['compile', '0', '1', 'compile', '2', 'compile', '3', 'compile', '4'])
  assert.equal(run.stages.filter(stage => stage.name === 'compile').length, 1)
  assert.deepEqual(
    platform.opened.map(({ part }) => part),
    [undefined, 'again-1', 'again-2', 'again-3'],
  )
  const lines = endings.map((_, index) => `${index} main.fake .out/main\n`)
  assert.equal(await stdout(house, id), lines.join(''))
})

test('the fourth one ends the attempt', async context => {
  const endings = Array.from({ length: 6 }, () => outOfMemory)
  const { house, platform, id, executed } = await judged(context, { endings, lost: [0, 1, 2, 3, 4] })
  const run = await finished(house, id)
  assert.equal(run.outcome?.kind, 'failed')
  assert.equal(executed.filter(what => what === '3').length, run.attempt)
  assert.ok(!executed.includes('4'))
  assert.equal(platform.opened.length, 4 * run.attempt)
})

test('a sandbox that was lost without a doing of the program is a new attempt, with each test once', async context => {
  const endings = [exited, exited, exited]
  const { house, id, executed } = await judged(context, { endings, lost: [1], times: 1 })
  const run = await finished(house, id)
  assert.deepEqual(run.outcome, { kind: 'tested', verdict: 'accepted' })
  assert.equal(run.attempt, 2)
  assert.deepEqual(
    run.stages.flatMap(stage => (stage.test === undefined ? [] : [stage.test.index])),
    [0, 1, 2],
  )
  assert.deepEqual(executed, ['compile', '0', '1', 'compile', '0', '1', '2'])
})
