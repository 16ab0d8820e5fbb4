import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

type Answer = number | ((request: IncomingMessage, response: ServerResponse) => void)

/** Somebody on loopback who gets webhooks, and answers as a test says. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = []
  /** A status, or what to do with the request; a function may leave it without an answer. */
  answer: Answer = 204
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response).catch(() => {})
  })

  static async start(port = 0): Promise<Receiver> {
    const receiver = new Receiver()
    receiver.#server.listen(port, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    this.received.push({ path: request.url ?? '', headers: request.headers, body })
    if (typeof this.answer === 'function') this.answer(request, response)
    else response.writeHead(this.answer).end()
  }
}
