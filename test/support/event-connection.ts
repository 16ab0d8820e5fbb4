import assert from 'node:assert/strict'
import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { decodeBytes, type RunEvent } from '../../sdk/src/client.ts'
import { ServerSentEventParser } from '../../sdk/src/sse.ts'

/** A connection for each follower, as clients on different machines have. */
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })

/** One connection to a run's events, without the client: it reads when it is told to, and takes nothing up again. */
export class EventConnection implements Disposable {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly #response: IncomingMessage

  private constructor(response: IncomingMessage) {
    this.#response = response
    this.status = response.statusCode ?? 0
    this.headers = response.headers
  }

  /** `url` of the server. Nothing is read yet but the headers. */
  static async open(url: string, runId: string, after?: number): Promise<EventConnection> {
    const headers = after === undefined ? {} : { 'last-event-id': String(after) }
    const request = get(`${url}/v1/runs/${runId}/events`, { agent, headers })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    // Whoever leaves in the middle is not interested in how that ends.
    response.on('error', () => {})
    return new EventConnection(response)
  }

  /** Every event until the server ends the stream, checked for gaps. Leaving the loop closes the connection. */
  async *events(after = 0): AsyncGenerator<RunEvent, void, undefined> {
    const parser = new ServerSentEventParser()
    this.#response.setEncoding('utf8')
    let last = after
    for await (const text of this.#response) {
      for (const { data, event, id } of parser.push(text)) {
        const json = JSON.parse(data) as RunEvent
        assert.deepEqual([json.sequence, json.type, id], [last + 1, event, String(json.sequence)])
        last = json.sequence
        yield json
      }
    }
  }

  [Symbol.dispose](): void {
    this.#response.destroy()
  }
}

/** What a follower saw of one stream, without keeping it. */
export class SeenOutput {
  readonly #hash: Hash = createHash('sha256')
  bytes = 0

  add(event: RunEvent, stream = 'stdout'): void {
    if (event.type !== 'output' || event.stream !== stream) return
    const bytes = decodeBytes(event)
    this.#hash.update(bytes)
    this.bytes += bytes.length
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}
