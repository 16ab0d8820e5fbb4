import assert from 'node:assert/strict'
import { RunItClient } from '../../sdk/src/client.ts'

const postTimeoutMs = 20_000

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

  constructor(script: (number: number) => string = number => `echo ${number}`) {
    this.#script = script
  }

  get acknowledged(): readonly Promised[] {
    return this.runs.filter(({ id }) => id !== undefined)
  }

  /** Posts a new run. False when nothing was answered: it may have been made all the same. */
  async post(url: string): Promise<boolean> {
    const number = this.runs.length
    const run = { number, key: `key-${number}-${Math.random()}` }
    this.runs.push(run)
    return await this.#send(url, run)
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
  async assertKept(url: string, isGood: (outcome: { readonly kind: string }) => boolean): Promise<void> {
    const { runs } = new RunItClient({ baseUrl: url })
    await this.postAgain(url)
    for (const { number, id, outcome } of this.runs) {
      assert.ok(id !== undefined, `run ${number} could not be posted`)
      const run = await runs.wait(id, { signal: AbortSignal.timeout(120_000) })
      const text = JSON.stringify(run)
      assert.ok(run.outcome !== undefined && isGood(run.outcome), text)
      if (outcome !== undefined) assert.deepEqual(run.outcome, JSON.parse(outcome), `the end of run ${number} changed`)
      if (run.outcome.kind === 'exited') assert.equal(run.stages.at(-1)?.stdout.content, `${number}\n`, text)
      const events = []
      for await (const event of runs.events(id)) events.push(event)
      assert.equal(events.filter(({ type }) => type === 'finished').length, 1, `run ${number}`)
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

  async #send(url: string, run: Promised): Promise<boolean> {
    const reply = await ask(`${url}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': run.key },
      body: JSON.stringify({
        environment: 'bash',
        source: this.#script(run.number),
        labels: { number: String(run.number) },
        maxAttempts: 10,
      }),
    })
    if (reply === undefined) return false
    const body = await reply.text().catch(() => undefined)
    if (body === undefined) return false
    assert.equal(reply.status, 202, body)
    run.id = JSON.parse(body).id
    return true
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
