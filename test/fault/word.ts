import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { decodeBytes } from '../../sdk/src/bytes.ts'
import { type RunEvent, RunItClient } from '../../sdk/src/client.ts'
import { isWorthAnotherTry } from '../../sdk/src/connection.ts'

const postTimeoutMs = 20_000
/** Of those that are posted by `use`, one in so many is sent twice at once, and another one once more after its answer. */
const sentTwiceInAll = 8
const askAgainMs = 100

interface Promised {
  readonly number: number
  /** Of its `Idempotency-Key`. */
  readonly key: string
  id?: string
  /** What its outcome was when it was first seen finished. */
  outcome?: string
}

/** What a client outside has a server's word for, over all the server's lives. Each run prints its own number. */
export class Word {
  readonly runs: Promised[] = []
  readonly #script: (number: number) => string
  readonly #maxAttempts: number

  /** Most attempts that may be asked for are more than chance spends. */
  constructor(script: (number: number) => string = number => `echo ${number}`, maxAttempts = 10) {
    this.#script = script
    this.#maxAttempts = maxAttempts
  }

  get acknowledged(): readonly Promised[] {
    return this.runs.filter(({ id }) => id !== undefined)
  }

  /** Posts a new run. False when nothing was answered: it may have been made all the same. */
  async post(url: string): Promise<boolean> {
    return await this.#send(url, this.#newRun())
  }

  /** Posts a run and waits for its end, as a program does that has the project's client, and that asks again until it knows. */
  async use({ runs }: RunItClient, signal: AbortSignal): Promise<void> {
    const run = this.#newRun()
    const [submission, options] = [this.#submission(run.number), { idempotencyKey: run.key, signal }]
    const submit = () => persist(() => runs.submit(submission, options), signal)
    const kind = run.number % sentTwiceInAll
    const answers = await Promise.all(kind === 0 ? [submit(), submit()] : [submit()])
    run.id = answers[0]?.id
    if (kind === 1) answers.push(await submit())
    for (const { id } of answers) assert.equal(id, run.id, `run ${run.number} was made twice`)
    const ended = await persist(() => runs.wait(String(run.id), { signal }), signal)
    run.outcome = JSON.stringify(ended.outcome)
  }

  /** Posts again what was not answered: with its key it is made once at most. */
  async postAgain(url: string): Promise<void> {
    for (const run of this.runs.filter(({ id }) => id === undefined)) {
      if (!(await this.#send(url, run))) return
    }
  }

  /** Sees which runs have ended. An end that was seen must never change. */
  async look(url: string): Promise<void> {
    for (const run of this.acknowledged.filter(({ outcome }) => outcome === undefined)) {
      const reply = await ask(`${url}/v1/runs/${run.id}`)
      if (reply === undefined) return
      assert.equal(reply.status, 200, `run ${run.number} was lost: ${reply.status}`)
      const { state, outcome } = (await reply.json()) as { state: string; outcome?: object }
      if (state === 'finished') run.outcome = JSON.stringify(outcome)
    }
  }

  /** Every run is there once, has ended once, did what it should, and is told in events without gaps. */
  async assertKept(
    server: string | RunItClient,
    isGood: (outcome: { readonly kind: string }) => boolean,
  ): Promise<void> {
    const { runs, baseUrl } = typeof server === 'string' ? new RunItClient({ baseUrl: server }) : server
    await this.postAgain(baseUrl)
    for (const { number, id, outcome } of this.runs) {
      assert.ok(id !== undefined, `run ${number} could not be posted`)
      const run = await runs.wait(id, { signal: AbortSignal.timeout(120_000) })
      const text = JSON.stringify(run)
      assert.ok(run.outcome !== undefined && isGood(run.outcome), text)
      const isExhausted = run.outcome.kind === 'failed' && run.outcome.code === 'attempts-exhausted'
      if (isExhausted) assert.ok(run.attempt >= this.#maxAttempts, text)
      if (outcome !== undefined) assert.deepEqual(run.outcome, JSON.parse(outcome), `the end of run ${number} changed`)
      if (run.outcome.kind === 'exited') assert.equal(run.stages.at(-1)?.stdout.content, `${number}\n`, text)
      const events: RunEvent[] = []
      for await (const event of runs.events(id)) events.push(event)
      assert.equal(events.filter(({ type }) => type === 'finished').length, 1, `run ${number}`)
      if (run.outcome.kind === 'exited') {
        const { stdout, stderr } = run.stages.at(-1) ?? {}
        const told = [outputOf(events, 'stdout'), outputOf(events, 'stderr')]
        assert.deepEqual([stdout?.content, stderr?.content], told, `run ${number} has another attempt's result`)
      }
      const sequences = events.map(({ sequence }) => sequence)
      assert.deepEqual(
        sequences,
        sequences.map((_, index) => index + 1),
      )
      const same = await runs.list({ label: `number:${number}` })
      assert.deepEqual(
        same.runs.map(each => each.id),
        [id],
      )
    }
  }

  #newRun(): Promised {
    const number = this.runs.length
    const run = { number, key: `key-${number}-${Math.random()}` }
    this.runs.push(run)
    return run
  }

  #submission(number: number) {
    const labels = { number: String(number) }
    return { environment: 'bash', source: this.#script(number), labels, maxAttempts: this.#maxAttempts }
  }

  async #send(url: string, run: Promised): Promise<boolean> {
    const reply = await ask(`${url}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': run.key },
      body: JSON.stringify(this.#submission(run.number)),
    })
    if (reply === undefined) return false
    const body = await reply.text().catch(() => undefined)
    if (body === undefined) return false
    assert.equal(reply.status, 202, body)
    run.id = JSON.parse(body).id
    return true
  }
}

/** What the last attempt said while it went on. */
function outputOf(events: readonly RunEvent[], stream: 'stdout' | 'stderr'): string {
  const begin = events.findLastIndex(event => event.type === 'state' && event.state === 'preparing')
  const pieces = events.slice(begin).flatMap(event => {
    return event.type === 'output' && event.stream === stream ? [decodeBytes(event)] : []
  })
  return Buffer.concat(pieces).toString()
}

/** Until somebody answers who does not say that it may be asked again. */
async function persist<Answer>(question: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  for (;;) {
    try {
      return await question()
    } catch (error) {
      if (signal.aborted || !isWorthAnotherTry(error)) throw error
      await pause(askAgainMs, undefined, { signal })
    }
  }
}

/** Undefined when the server did not answer. */
async function ask(url: string, init: RequestInit = {}): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(postTimeoutMs) })
  } catch {
    return undefined
  }
}
