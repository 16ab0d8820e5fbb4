import type { Connection } from './connection.ts'
import { type FollowOptions, followRun } from './follow.ts'
import { newIdempotencyKey } from './idempotency-key.ts'
import { pause } from './pause.ts'
import { Terminal, type TerminalOptions } from './terminal.ts'
import type { RerunChanges, Run, RunEvent, RunList, RunOutcome, RunState, RunSubmission, StageName } from './types.ts'
import type { WebhookLog } from './webhook.ts'

export interface CallOptions {
  readonly signal?: AbortSignal
}

export interface OutputOptions extends CallOptions {
  /** Only what this stage wrote. */
  readonly stage?: StageName
  /** Only what the test with this index wrote. */
  readonly test?: number
}

export interface WaitOptions extends CallOptions {
  /** Seconds to wait for the run to finish; the answer is the run as it is then. */
  readonly wait?: number
}

export interface SubmitOptions extends WaitOptions {
  /**
   * 1 to 255 visible ASCII characters. The same key and submission give the same run, also in another process, for a day.
   * Default: a new one for each call.
   */
  readonly idempotencyKey?: string
}

export interface RunFilter extends CallOptions {
  readonly state?: RunState
  readonly outcome?: RunOutcome['kind']
  /** The environment's name. */
  readonly environment?: string
  /** The id of a batch. */
  readonly batch?: string
  /** The id of a key, for an administrator. */
  readonly key?: string
  /** `name=value` */
  readonly label?: string
  /** Runs per page. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly cursor?: string
}

/** One long poll; a proxy in between may cut longer ones. */
const pollSeconds = 20

/** What a server that does not wait is asked at most: so often. */
const shortestPollMs = 200

export class Runs {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Durable when it resolves. Where no answer comes it is sent again, with the same key: it makes one run at most. */
  submit(submission: RunSubmission, options: SubmitOptions = {}): Promise<Run> {
    return this.#connection.json('/v1/runs', {
      method: 'POST',
      body: submission,
      idempotencyKey: options.idempotencyKey ?? newIdempotencyKey(),
      waitSeconds: options.wait,
      signal: options.signal,
    })
  }

  /** The same run again, on the same image. What is given of labels, priority and pool replaces the old run's. Sent again like `submit`. */
  rerun(id: string, options: RerunChanges & SubmitOptions = {}): Promise<Run> {
    const { wait, signal, idempotencyKey = newIdempotencyKey(), ...changes } = options
    const request = { method: 'POST', body: changes, idempotencyKey, waitSeconds: wait, signal } as const
    return this.#connection.json(`${pathOf(id)}/rerun`, request)
  }

  get(id: string, options: WaitOptions = {}): Promise<Run> {
    return this.#connection.json(pathOf(id), { waitSeconds: options.wait, signal: options.signal })
  }

  /** One page, newest first. */
  list(filter: RunFilter = {}): Promise<RunList> {
    const { signal, ...query } = filter
    return this.#connection.json('/v1/runs', { query: { ...query }, signal })
  }

  /** All pages, newest first. */
  async *all(filter: RunFilter = {}): AsyncGenerator<Run, void, undefined> {
    let cursor = filter.cursor
    do {
      const page = await this.list({ ...filter, cursor })
      yield* page.runs
      cursor = page.next
    } while (cursor !== undefined)
  }

  /** The finished run. */
  async wait(id: string, options: CallOptions = {}): Promise<Run> {
    while (true) {
      const startedAt = Date.now()
      const run = await this.get(id, { wait: pollSeconds, signal: options.signal })
      if (run.state === 'finished') return run
      await pause(Math.max(0, shortestPollMs - (Date.now() - startedAt)), options.signal)
    }
  }

  /** What the run has written to stdout so far. */
  stdout(id: string, options: OutputOptions = {}): Promise<Uint8Array> {
    return this.#output(`${pathOf(id)}/stdout`, options)
  }

  stderr(id: string, options: OutputOptions = {}): Promise<Uint8Array> {
    return this.#output(`${pathOf(id)}/stderr`, options)
  }

  /** The bytes of a file that the program made: a path of the finished run's `artifacts`. */
  artifact(id: string, path: string, options: CallOptions = {}): Promise<Uint8Array> {
    return this.#connection.bytes(artifactPathOf(id, path), { ...options, headers: { accept: '*/*' } })
  }

  /** The same as a stream, for what is large. Canceling it, or aborting the signal, ends the request. */
  async artifactStream(id: string, path: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const signal = options.signal ?? new AbortController().signal
    const response = await this.#connection.open(artifactPathOf(id, path), { headers: { accept: '*/*' }, signal })
    return response.body ?? new Blob().stream()
  }

  /** What became of the run's webhook: every attempt to deliver it. */
  deliveries(id: string, options: CallOptions = {}): Promise<WebhookLog> {
    return this.#connection.json(`${pathOf(id)}/deliveries`, options)
  }

  /** May be repeated. A running program is ended soon after. */
  cancel(id: string, options: CallOptions = {}): Promise<Run> {
    return this.#connection.json(`${pathOf(id)}/cancel`, { method: 'POST', ...options })
  }

  /** Deletes a finished run and all its data. */
  delete(id: string, options: CallOptions = {}): Promise<void> {
    return this.#connection.nothing(pathOf(id), { method: 'DELETE', ...options })
  }

  /**
   * Talks to a run while it runs: one that is `interactive`, or has a `tty`; any other can be watched. Rejects where there is no such run,
   * or no connection.
   */
  async terminal(id: string, options: TerminalOptions = {}): Promise<Terminal> {
    // Asked first, because nobody is told why a WebSocket was refused.
    await this.get(id, { signal: options.signal })
    return await Terminal.open(this.#connection, `${pathOf(id)}/terminal`, options)
  }

  /** What happens in the run, live, up to and with its end. Lost connections are taken up again where they broke. */
  events(id: string, options: FollowOptions = {}): AsyncGenerator<RunEvent, void, undefined> {
    return followRun(this.#connection, id, options)
  }

  #output(path: string, { stage, test, signal }: OutputOptions): Promise<Uint8Array> {
    return this.#connection.bytes(path, { query: { stage, test }, signal, headers: { accept: '*/*' } })
  }
}

/** Slashes stay, everything else that means something in an address is encoded. */
function artifactPathOf(id: string, path: string): string {
  return `${pathOf(id)}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`
}

function pathOf(id: string): string {
  return `/v1/runs/${encodeURIComponent(id)}`
}
