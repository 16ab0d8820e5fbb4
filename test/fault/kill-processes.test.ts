import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from '../support/wait-for.ts'
import { Installation } from './installation.ts'
import type { Member } from './member.ts'
import { sandboxesLeft } from './sandboxes-left.ts'
import { Chance, isLong } from './seed.ts'
import { TakeOvers } from './take-overs.ts'
import { Word } from './word.ts'

const runs = isLong ? 1_000 : 60
/** More than there are slots, so that some wait. */
const clientsAtOnce = isLong ? 24 : 12
/** The long form has the default, of which a time is promised. */
const leaseMs = isLong ? 10_000 : 3_000
/** So that a machine on which hardly anything gets done between two kills comes to an end too. */
const mostKills = isLong ? 600 : 15
const pauseMs = { min: 500, max: 1_500 }
const listenDeadlineMs = 60_000
/** Some are killed while they start. */
const earlyPercent = 20
/** At every so manieth kill the database dies too, first at the second one. */
const killsPerCrash = isLong ? 40 : 10
const firstCrash = 2
const deadlineMs = isLong ? 50 * 60_000 : 120_000
/** So many may be dead at once: where a start takes longer than the pause between two kills, nothing would get done at all. */
const mostDead = 2
const takeOverMedianSeconds = 15
/** Long enough to be killed in the middle, mostly. */
function script(number: number): string {
  return `sleep 0.${number % 8}; echo ${number}`
}

/** Those that are up, once there are enough of them. */
function listening(installation: Installation): Promise<readonly [Member, ...Member[]]> {
  const least = installation.members.length - mostDead
  return waitFor(
    'processes to listen',
    () => {
      const [first, ...others] = installation.members.filter(member => member.listens)
      return first && 1 + others.length >= least && [first, ...others]
    },
    listenDeadlineMs,
  )
}

interface Kills {
  workers: number
  apis: number
  crashes: number
}

/** Kills one process after another, until the work is done. */
async function killOften(
  installation: Installation,
  given: { readonly chance: Chance; readonly takeOvers: TakeOvers; readonly isDone: () => boolean },
): Promise<Kills> {
  const { chance, takeOvers, isDone } = given
  const kills = { workers: 0, apis: 0, crashes: 0 }
  for (let count = 1; count <= mostKills; count++) {
    await pause(chance.integer(pauseMs.min, pauseMs.max))
    const victims = chance.happens(earlyPercent) ? installation.members : await listening(installation)
    if (isDone()) break
    const member = chance.oneOf(victims)
    const dead = await member.replace('SIGKILL')
    const diedAtMs = Date.now()
    if (member.role === 'api') kills.apis += 1
    else {
      kills.workers += 1
      await takeOvers.note(dead.pid, diedAtMs)
    }
    if (count % killsPerCrash === firstCrash) {
      kills.crashes += 1
      await installation.postgres.crash()
      await installation.postgres.resume()
    }
  }
  return kills
}

async function workWhileKilled(context: TestContext, chance: Chance): Promise<void> {
  await using installation = await Installation.start({ apis: 2, workers: 3, slots: 2, leaseMs })
  const word = new Word(script)
  const takeOvers = new TakeOvers(installation.databaseUrl)
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(deadlineMs)])
  const beganMs = performance.now()
  const work = async () => {
    while (word.runs.length < runs) await word.use(installation.client, signal)
  }
  // Whichever fails ends the other, which must not go on while all is taken down.
  const end = () => over.abort()
  const flow = Promise.all(Array.from({ length: clientsAtOnce }, work)).finally(end)
  const killing = killOften(installation, { chance, takeOvers, isDone: () => signal.aborted })
  killing.catch(end)
  const [killed, worked] = await Promise.allSettled([killing, flow])
  if (worked.status === 'rejected') throw worked.reason
  if (killed.status === 'rejected') throw killed.reason
  const kills = killed.value
  const seconds = Math.round((performance.now() - beganMs) / 1_000)
  context.diagnostic(
    `${runs} runs in ${seconds} s; killed: ${kills.workers} workers, ${kills.apis} API servers, the database ${kills.crashes} times`,
  )
  assert.ok(kills.workers > 0 && kills.crashes > 0, 'hardly anything was killed: the test does not test')
  await word.assertKept(installation.client, outcome => outcome.kind === 'exited')
  await installation.assertAtRest(word.runs.length)
  installation.assertUnbroken()
  await assertTakenOver(context, takeOvers)
  // The living keep some warm; what the dead had is swept.
  const living = installation.members.map(({ server }) => server.pid)
  const dead = installation.processIds.filter(id => !living.includes(id))
  await waitFor('the sandboxes of the dead to be gone', async () => (await sandboxesLeft(dead)).length === 0, 45_000)
  await installation.end()
  await waitFor('all sandboxes to be gone', async () => (await sandboxesLeft(installation.processIds)).length === 0)
}

async function assertTakenOver(context: TestContext, takeOvers: TakeOvers): Promise<void> {
  const seconds = await takeOvers.seconds()
  const median = seconds[Math.floor(seconds.length / 2)]
  const shown = (value: number | undefined) => `${value?.toFixed(1) ?? '–'} s`
  context.diagnostic(
    `taken over: ${seconds.length} runs, ${shown(median)} after their worker's death at the median, ${shown(seconds.at(-1))} at the most`,
  )
  // A promise to operators, with the default lease; the short form has too few to tell.
  if (isLong) assert.ok(median !== undefined && median <= takeOverMedianSeconds, shown(median))
}

test('workers, API servers and a database that are killed at any moment lose no run, and end each once', {
  timeout: isLong ? 60 * 60_000 : 170_000,
}, async context => {
  const chance = new Chance(context)
  await chance.guard(() => workWhileKilled(context, chance))
})
