import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ask } from '../support/postgres.ts'
import { waitFor } from '../support/wait-for.ts'
import { Installation } from './installation.ts'
import type { Member } from './member.ts'
import { sandboxesLeft } from './sandboxes-left.ts'
import { Chance, isLong } from './seed.ts'
import { Word } from './word.ts'

const sleeps = isLong ? 30 : 2
const clientsAtOnce = 8
const leaseMs = 3_000
const awakeMs = { min: 200, max: 1_500 }
/** After its runs are somebody else's. */
const longerMs = 1_500
const takeOverDeadlineMs = 60_000
const deadlineMs = isLong ? 30 * 60_000 : 120_000

/** Long enough for a worker to have some at any moment. Each attempt says something of its own, so that it shows whose the result is. */
function script(number: number): string {
  return `echo $RANDOM$RANDOM >&2; sleep ${1 + (number % 3)}.${number % 10}; echo ${number}`
}

interface Held {
  readonly id: string
  readonly attempt: number
}

async function heldBy(installation: Installation, { server }: Member): Promise<readonly Held[]> {
  const rows = await ask(
    installation.databaseUrl,
    `select id, attempt from runs where state in ('preparing', 'running') and worker_id like '%-${server.pid}-%'`,
  )
  return rows.map(({ id, attempt }) => ({ id: String(id), attempt: Number(attempt) }))
}

/** Whether somebody else began each of them, or it could end. */
async function areTakenOver(installation: Installation, held: readonly Held[]): Promise<boolean> {
  for (const { id, attempt } of held) {
    const [row] = await ask(installation.databaseUrl, `select attempt from runs where id = '${id}'`)
    if (Number(row?.attempt) === attempt) return false
  }
  return true
}

/** Stops a worker that has runs, until others have them, and lets it go on. Gives how many it lost. */
async function putToSleep(installation: Installation, chance: Chance): Promise<number> {
  const workers = installation.members.filter(({ role }) => role === 'worker')
  const worker = workers[chance.integer(0, workers.length - 1)]
  assert.ok(worker)
  await waitFor('it to have a run', async () => (await heldBy(installation, worker)).length > 0)
  process.kill(worker.server.pid, 'SIGSTOP')
  try {
    const held = await heldBy(installation, worker)
    await waitFor('others to have its runs', () => areTakenOver(installation, held), takeOverDeadlineMs)
    // Some of them have ended by now, and some have not.
    await pause(chance.integer(0, longerMs))
    return held.length
  } finally {
    process.kill(worker.server.pid, 'SIGCONT')
  }
}

async function workWhileSomeSleep(context: TestContext, chance: Chance): Promise<void> {
  await using installation = await Installation.start({ apis: 1, workers: 2, slots: 2, leaseMs })
  const word = new Word(script)
  const over = new AbortController()
  const signal = AbortSignal.timeout(deadlineMs)
  const work = async () => {
    while (!over.signal.aborted) await word.use(installation.client, signal)
  }
  const flow = Promise.all(Array.from({ length: clientsAtOnce }, work))
  // Looked at below; what fails meanwhile is no less a failure then.
  flow.catch(() => {})
  let lost = 0
  try {
    for (let sleep = 0; sleep < sleeps; sleep += 1) {
      await pause(chance.integer(awakeMs.min, awakeMs.max))
      lost += await putToSleep(installation, chance)
    }
  } finally {
    over.abort()
    await flow
  }
  await word.assertKept(installation.client, outcome => outcome.kind === 'exited')
  await waitFor('all to be at rest', () => installation.assertAtRest(word.runs.length).then(() => true))
  installation.assertUnbroken()
  const told = () =>
    installation.members.map(({ server }) => server.log.split('a run was taken over by another').length - 1)
  assert.ok(lost > 0, 'nobody had a run when he was stopped: the test does not test')
  // A log keeps its end alone, so the long form cannot count.
  await waitFor('those who slept to be refused', () => told().some(times => times > 0))
  context.diagnostic(`${word.runs.length} runs; ${sleeps} sleeps, in which ${lost} runs were taken over`)
  await installation.end()
  await waitFor('all sandboxes to be gone', async () => (await sandboxesLeft(installation.processIds)).length === 0)
}

test('workers that stand still for longer than their lease are refused when they wake up, and each run ends once', {
  timeout: isLong ? 40 * 60_000 : 170_000,
}, async context => {
  const chance = new Chance(context)
  await chance.guard(() => workWhileSomeSleep(context, chance))
})
