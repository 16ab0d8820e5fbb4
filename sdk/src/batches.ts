import type { Connection } from './connection.ts'
import { type FollowOptions, followBatch } from './follow.ts'
import { newIdempotencyKey } from './idempotency-key.ts'
import { pause } from './pause.ts'
import type { CallOptions, SubmitOptions, WaitOptions } from './runs.ts'
import type { Batch, BatchEvent, RunSubmission } from './types.ts'

/** One long poll; a proxy in between may cut longer ones. */
const pollSeconds = 20

/** What a server that does not wait is asked at most: so often. */
const shortestPollMs = 200

/** Up to 1,000 runs that are submitted together: all are stored, or none. Their runs are listed by `runs.all({ batch })`. */
export class Batches {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Durable when it resolves. Where no answer comes it is sent again, with the same key: it makes one batch at most. */
  submit(runs: readonly RunSubmission[], options: SubmitOptions = {}): Promise<Batch> {
    return this.#connection.json('/v1/batches', {
      method: 'POST',
      body: { runs },
      idempotencyKey: options.idempotencyKey ?? newIdempotencyKey(),
      waitSeconds: options.wait,
      signal: options.signal,
    })
  }

  get(id: string, options: WaitOptions = {}): Promise<Batch> {
    return this.#connection.json(pathOf(id), { waitSeconds: options.wait, signal: options.signal })
  }

  /** The finished batch. */
  async wait(id: string, options: CallOptions = {}): Promise<Batch> {
    while (true) {
      const startedAt = Date.now()
      const batch = await this.get(id, { wait: pollSeconds, signal: options.signal })
      if (batch.state === 'finished') return batch
      await pause(Math.max(0, shortestPollMs - (Date.now() - startedAt)), options.signal)
    }
  }

  /** Cancels all its runs. May be repeated. */
  cancel(id: string, options: CallOptions = {}): Promise<Batch> {
    return this.#connection.json(`${pathOf(id)}/cancel`, { method: 'POST', ...options })
  }

  /** The end of each run, live, in the order in which they end, and the batch's own. Lost connections are taken up again. */
  events(id: string, options: FollowOptions = {}): AsyncGenerator<BatchEvent, void, undefined> {
    return followBatch(this.#connection, id, options)
  }
}

function pathOf(id: string): string {
  return `/v1/batches/${encodeURIComponent(id)}`
}
