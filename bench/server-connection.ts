import { Pool } from 'undici'

/** Longer than a run may be waited for. */
const requestDeadlineMs = 90_000
const waitSeconds = 60
const runsPath = '/v1/runs'

export interface Program {
  readonly environment: string
  readonly source: string
}

interface FinishedRun {
  readonly id: string
  readonly state: string
  readonly outcome?: { readonly kind: string; readonly code?: number | string }
  readonly stages: readonly { readonly name: string; readonly stdout: { readonly content?: string } }[]
}

/** A request that is answered with the finished run. */
export function runRequest(program: Program) {
  const headers = { 'content-type': 'application/json', prefer: `wait=${waitSeconds}` }
  return { path: runsPath, headers, body: JSON.stringify(program) }
}

/** Throws when the answer is not a run that ended well and printed this. */
export function checkRun(text: string, expected: string): void {
  const { outcome, stages } = JSON.parse(text) as FinishedRun
  const isGood = outcome?.kind === 'exited' && outcome.code === 0 && stages.at(-1)?.stdout.content === expected
  if (!isGood) throw new Error(`a run did not end as it should have: ${text}`)
}

/** One client of one server: connections that are kept open, and nothing between them and the numbers. */
export class ServerConnection implements AsyncDisposable {
  readonly url: string
  readonly #pool: Pool

  constructor(url: string, connections: number) {
    this.url = url
    this.#pool = new Pool(url, {
      connections,
      pipelining: 1,
      headersTimeout: requestDeadlineMs,
      bodyTimeout: requestDeadlineMs,
    })
  }

  /** Runs a program; resolves with the time from the request to its result in ms. Rejects when that is not what the program prints. */
  async timeRun(program: Program, expected: string, signal: AbortSignal): Promise<number> {
    const { body, headers } = runRequest(program)
    const startedAt = performance.now()
    const text = await this.#post(body, headers, 200, signal)
    const ms = performance.now() - startedAt
    checkRun(text, expected)
    return ms
  }

  /** Posts a run without waiting for it; resolves with its id and with the time that the answer took in ms. */
  async post(program: Program, signal: AbortSignal): Promise<{ readonly id: string; readonly ms: number }> {
    const body = JSON.stringify(program)
    const startedAt = performance.now()
    const text = await this.#post(body, {}, 202, signal)
    const ms = performance.now() - startedAt
    return { id: (JSON.parse(text) as FinishedRun).id, ms }
  }

  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const { statusCode, body } = await this.#pool.request({ path, method: 'GET', signal })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`GET ${path} was answered with ${statusCode}: ${text}`)
    return JSON.parse(text)
  }

  /** The status of an answer; undefined when nobody answers. */
  async status(path: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const { statusCode, body } = await this.#pool.request({ path, method: 'GET', signal })
      await body.dump()
      return statusCode
    } catch {
      signal.throwIfAborted()
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy()
  }

  async #post(body: string, headers: Record<string, string>, expected: number, signal: AbortSignal): Promise<string> {
    const answer = await this.#pool.request({
      path: runsPath,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal,
    })
    const text = await answer.body.text()
    if (answer.statusCode !== expected) throw new Error(`POST was answered with ${answer.statusCode}: ${text}`)
    return text
  }
}
