import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ask } from '../support/postgres.ts'
import { waitFor } from '../support/wait-for.ts'
import { Installation } from './installation.ts'
import type { Member } from './member.ts'
import { sandboxesLeft } from './sandboxes-left.ts'
import { Chance, isLong } from './seed.ts'
import { Word } from './word.ts'

/** So often each process is replaced. */
const rounds = isLong ? 10 : 1
const clientsAtOnce = 6
/** Shorter than one of the programs, far longer than all others. */
const drainTimeoutMs = 3_000
/** Far longer than anything here stands still: nobody who lives is taken over. */
const leaseMs = 30_000
const deadlineMs = isLong ? 10 * 60_000 : 120_000

function script(number: number): string {
  return `sleep 0.${number % 8}; echo ${number}`
}

/** As few as a drain may give back: what may be tried once only is not. */
const maxAttempts = 2

/** A program that outlasts every drain. */
class LongRun {
  readonly #installation: Installation
  readonly #id: string
  /** So often it was handed back. */
  #handedBack = 0

  private constructor(installation: Installation, id: string) {
    this.#installation = installation
    this.#id = id
  }

  static async begin(installation: Installation): Promise<LongRun> {
    const submission = { environment: 'bash', source: 'sleep 600', maxAttempts, limits: { wallTimeMs: 300_000 } }
    const { id } = await installation.client.runs.submit(submission)
    return new LongRun(installation, id)
  }

  /** Waits until it runs, and notes whether it does so on this member. */
  async noteHolder(member: Member): Promise<void> {
    const holder = await waitFor('the long program to run', async () => {
      const [row] = await ask(
        this.#installation.databaseUrl,
        `select worker_id from runs where id = '${this.#id}' and state = 'running'`,
      )
      return row?.worker_id as string | undefined
    })
    if (holder.includes(`-${member.server.pid}-`)) this.#handedBack += 1
  }

  async assertCanceled(): Promise<void> {
    const { runs } = this.#installation.client
    await runs.cancel(this.#id)
    const { outcome, attempt } = await runs.wait(this.#id)
    assert.deepEqual([outcome, attempt], [{ kind: 'canceled' }, 1 + this.#handedBack])
  }
}

/** Ends one process after another in good order; the next one when the last one has a successor that listens. */
async function restartAll(installation: Installation, chance: Chance, long: LongRun): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const left = [...installation.members]
    while (left.length > 0) {
      const [member] = left.splice(chance.integer(0, left.length - 1), 1)
      if (member === undefined) break
      if (member.role === 'worker') await long.noteHolder(member)
      const ended = await member.replace('SIGTERM')
      assert.equal(ended.exitCode, 0, ended.log)
      await waitFor('its successor to listen', () => member.listens)
    }
  }
}

async function restartUnderLoad(context: TestContext, chance: Chance): Promise<void> {
  await using installation = await Installation.start({ apis: 2, workers: 2, slots: 2, leaseMs, drainTimeoutMs })
  const long = await LongRun.begin(installation)
  const word = new Word(script, maxAttempts)
  const restarted = new AbortController()
  const signal = AbortSignal.timeout(deadlineMs)
  const work = async () => {
    while (!restarted.signal.aborted) await word.use(installation.client, signal)
  }
  const flow = Promise.all(Array.from({ length: clientsAtOnce }, work))
  // Looked at below; what fails meanwhile is no less a failure then.
  flow.catch(() => {})
  try {
    await restartAll(installation, chance, long)
  } finally {
    restarted.abort()
    await flow
  }
  await long.assertCanceled()
  assert.ok(word.runs.length > installation.members.length * rounds, 'nothing flowed: the test does not test')
  await word.assertKept(installation.client, outcome => outcome.kind === 'exited')
  await installation.assertAtRest(word.runs.length + 1)
  installation.assertUnbroken()
  // What a drain gave back was not an attempt of the run's, and nothing was taken over.
  const spent = await ask(
    installation.databaseUrl,
    'select id, attempt from runs where attempt - unspent_attempts <> 1',
  )
  assert.deepEqual(spent, [])
  const [again] = await ask(installation.databaseUrl, 'select count(*)::int as runs from runs where attempt > 1')
  context.diagnostic(`${word.runs.length} runs while all was restarted; handed back by a drain: ${again?.runs}`)
  await installation.end()
  await waitFor('all sandboxes to be gone', async () => (await sandboxesLeft(installation.processIds)).length === 0)
}

test('all processes are restarted one after the other under load, and every request is answered, every run is tried once', {
  timeout: isLong ? 20 * 60_000 : 170_000,
}, async context => {
  const chance = new Chance(context)
  await chance.guard(() => restartUnderLoad(context, chance))
})
