import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import type { assertProblem } from './assert-answer.ts'
import { type ExampleApi, exampleApi } from './example-api.ts'
import { waitFor } from './wait-for.ts'

/** The API on an address, because a WebSocket needs one. */
export interface ListeningApi extends ExampleApi {
  readonly address: string
}

export async function listeningApi(
  context: TestContext,
  options: Parameters<typeof exampleApi>[1] = {},
): Promise<ListeningApi> {
  const api = await exampleApi(context, options)
  return { ...api, address: await api.app.listen({ port: 0, host: '127.0.0.1' }) }
}

/** A client, and all that it was told. */
export class TerminalClient {
  readonly socket: WebSocket
  // biome-ignore lint/suspicious/noExplicitAny: what comes from the other side is looked at by the tests
  readonly heard: any[] = []
  code: number | undefined

  constructor(
    house: ListeningApi,
    id: string,
    query = '',
    options: { readonly headers?: Record<string, string>; readonly protocols?: string[] } = {},
  ) {
    const url = `${house.address.replace('http', 'ws')}/v1/runs/${id}/terminal${query}`
    this.socket = new WebSocket(url, options.protocols ?? [], { headers: options.headers ?? {} })
    this.socket.on('message', data => this.heard.push(JSON.parse(String(data))))
    this.socket.on('close', code => {
      this.code = code
    })
    this.socket.on('error', () => {})
  }

  async hears(what: string, look: (message: { readonly type: string } & Record<string, unknown>) => boolean) {
    return await waitFor(what, () => this.heard.find(look))
  }

  role(role: string) {
    return this.hears(`being ${role}`, message => message.type === 'role' && message.role === role)
  }

  say(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }
}

/** What of an injected answer is looked at. */
type Answer = Parameters<typeof assertProblem>[0]

/** What a WebSocket that is not opened is answered. */
export async function refusal(house: ListeningApi, path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${house.address.replace('http', 'ws')}${path}`, { headers })
  const [, response] = await once(socket, 'unexpected-response')
  let body = ''
  for await (const part of response) body += part
  const answer = { statusCode: response.statusCode, headers: response.headers, body, json: () => JSON.parse(body) }
  return answer as Answer
}
