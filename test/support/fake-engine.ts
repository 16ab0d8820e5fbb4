import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'

export type EngineAnswer = (response: ServerResponse, request: IncomingMessage) => void

/** A Docker Engine that says what a test tells it to say. What it was not told about, it does not answer: it stalls. */
export class FakeEngine {
  readonly host: string
  /** Every request in order, as `GET /version`: without the API's version and without the query. */
  readonly calls: string[] = []
  /** The other ends of attached sandboxes. */
  onAttach: (line: Duplex) => void = () => {}
  readonly #folder: string
  readonly #server: Server
  readonly #answers: { readonly call: RegExp; readonly answer: EngineAnswer }[] = []
  readonly #lines = new Set<Duplex>()

  private constructor(folder: string) {
    this.#folder = folder
    this.host = `unix://${join(folder, 'engine.sock')}`
    this.#server = createServer((request, response) => {
      const call = this.#note(request)
      this.#answers.find(candidate => candidate.call.test(call))?.answer(response, request)
    })
    this.#server.on('upgrade', (request, line) => {
      const call = this.#note(request)
      const refusal = this.#answers.find(candidate => candidate.call.test(call))
      this.#lines.add(line)
      line.on('error', () => line.destroy())
      if (refusal !== undefined) {
        const body = JSON.stringify({ message: 'there is no such container' })
        const head = `HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
        line.end(head + body)
        return
      }
      line.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
      this.onAttach(line)
    })
  }

  static async start(): Promise<FakeEngine> {
    const engine = new FakeEngine(await mkdtemp(join(tmpdir(), 'run-it-fake-engine-')))
    const { promise, resolve } = Promise.withResolvers<void>()
    engine.#server.listen(engine.host.slice('unix://'.length), resolve)
    await promise
    engine.on(/^GET \/version$/, json(200, { Version: '29.0.0', ApiVersion: '1.52', Arch: 'amd64' }))
    engine.on(/^GET \/info$/, json(200, { OperatingSystem: 'Fake', CgroupVersion: '2' }))
    return engine
  }

  /** What was told last holds. */
  on(call: RegExp, answer: EngineAnswer): void {
    this.#answers.unshift({ call, answer })
  }

  /** Calls whose answer is still awaited. */
  async openConnections(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
    return await promise
  }

  async close(): Promise<void> {
    for (const line of this.#lines) line.destroy()
    this.#server.closeAllConnections()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    await promise
    await rm(this.#folder, { recursive: true, force: true })
  }

  #note(request: IncomingMessage): string {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '')
    const call = `${request.method} ${path}`
    this.calls.push(call)
    return call
  }
}

export function json(status: number, body: unknown): EngineAnswer {
  return response => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
}

export function empty(status: number): EngineAnswer {
  return response => response.writeHead(status).end()
}

/** Lines of progress, and then the end of the answer. */
export function messages(...lines: readonly unknown[]): EngineAnswer {
  return response => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  }
}
