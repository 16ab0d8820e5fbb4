import { request as ask, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of a request that a test has something against. */
export type Trouble = 'silence' | 'stall' | 'cut' | 500 | 429

/** In front of a registry: hands everything on, but for what a test says. */
export class RegistryProxy implements AsyncDisposable {
  /** Every request in order: `GET /v2/…`. */
  readonly requests: string[] = []
  readonly #server: Server
  readonly #target: string
  readonly #troubles: { readonly path: RegExp; readonly trouble: Trouble; left: number }[] = []

  private constructor(server: Server, target: string) {
    this.#server = server
    this.#target = target
    server.on('request', (request, reply) => this.#serve(request, reply))
  }

  static async start(target: string): Promise<RegistryProxy> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return new RegistryProxy(server, target)
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on, so many times. Silence is no answer at all; a stall and a cut come after the first bytes of the body. */
  trouble(path: RegExp, trouble: Trouble, times = Number.POSITIVE_INFINITY): void {
    this.#troubles.unshift({ path, trouble, left: times })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #serve(request: IncomingMessage, reply: ServerResponse): void {
    const path = request.url ?? ''
    this.requests.push(`${request.method} ${path}`)
    const found = this.#troubles.find(candidate => candidate.left > 0 && candidate.path.test(path))
    if (found !== undefined) found.left -= 1
    const { trouble } = found ?? {}
    if (typeof trouble === 'number') {
      const code = trouble === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN'
      const body = JSON.stringify({ errors: [{ code, message: `the proxy says ${trouble}` }] })
      reply.writeHead(trouble, { 'content-type': 'application/json', 'retry-after': '1' }).end(body)
      return
    }
    if (trouble === 'silence') return
    const [host, port] = this.#target.split(':')
    const onward = ask({ host, port, method: request.method, path, headers: request.headers }, answer => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers)
      if (trouble === undefined) {
        answer.pipe(reply)
        return
      }
      answer.once('data', (piece: Buffer) => {
        answer.destroy()
        reply.write(piece.subarray(0, 1000), () => {
          if (trouble === 'cut') reply.destroy()
        })
      })
    })
    onward.on('error', () => reply.destroy())
    request.pipe(onward)
  }
}
