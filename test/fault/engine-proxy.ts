import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'

/**
 * - `stall`: does not answer before `release`. - `slow`: answers after a while. - `error`: answers 500. - `cut`: breaks off in the middle of the answer, or
 *   of an attached stream. - `lose`: the engine does what it was asked, and the answer is lost.
 */
export type Fault = 'stall' | 'slow' | 'error' | 'cut' | 'lose'

const slowMs = 1_500
/** Of an attached stream: somewhere between init's greeting and the end of a stage. */
const cutAfterBytes = 64
const engineSocket = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '')

/** Stands between a server and the machine's own engine, and lets calls go wrong as a test decides. */
export class EngineProxy implements AsyncDisposable {
  readonly host: string
  /** What went wrong so far. */
  readonly faults: { readonly call: string; readonly fault: Fault }[] = []
  /** Asked for each call, as `POST /containers/create`: without the API's version, ids and the query. */
  decide: (call: string) => Fault | undefined = () => undefined
  readonly #folder: string
  readonly #server: Server
  readonly #sockets = new Set<Socket | Duplex>()
  #stalled = Promise.withResolvers<void>()

  private constructor(folder: string) {
    this.#folder = folder
    this.host = `unix://${join(folder, 'engine.sock')}`
    this.#server = createServer((request, response) => {
      void this.#pass(request, response).catch(() => response.destroy())
    })
    this.#server.on('connection', socket => this.#track(socket))
    this.#server.on('upgrade', (request, line, head) => {
      void this.#attach(request, line, head).catch(() => line.destroy())
    })
  }

  static async start(): Promise<EngineProxy> {
    const proxy = new EngineProxy(await mkdtemp(join(tmpdir(), 'run-it-proxy-')))
    proxy.#server.listen(proxy.host.slice('unix://'.length))
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** Whatever stalls goes on, and nothing goes wrong any more. */
  release(): void {
    this.decide = () => undefined
    this.#stalled.resolve()
    this.#stalled = Promise.withResolvers()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
    await rm(this.#folder, { recursive: true, force: true })
  }

  #track(socket: Socket | Duplex): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #faultOf(request: IncomingMessage): Fault | undefined {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '')
    const call = `${request.method} ${path.replace(/^(\/(?:containers|images|volumes)\/)(?!create|json|load)[^/]+/, '$1ID')}`
    const fault = this.decide(call)
    if (fault !== undefined) this.faults.push({ call, fault })
    return fault
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#faultOf(request)
    if (fault === 'stall') await this.#stalled.promise
    if (response.destroyed) return
    if (fault === 'error') {
      request.resume()
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"the engine is out of order"}')
      return
    }
    const { method, url: path, headers } = request
    const asked = httpRequest({ socketPath: engineSocket, method, path, headers })
    request.pipe(asked)
    // Whoever gives up here gives up there, as on one line.
    response.once('close', () => {
      if (!response.writableFinished) asked.destroy()
    })
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    if (fault === undefined || fault === 'stall') {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
      return
    }
    const body = await buffer(answer)
    if (fault === 'lose') response.destroy()
    else if (fault === 'cut') this.#cut(response, answer, body)
    else setTimeout(() => response.writeHead(answer.statusCode ?? 500, answer.headers).end(body), slowMs)
  }

  /** The head, and half of the body, if there is one. */
  #cut(response: ServerResponse, answer: IncomingMessage, body: Buffer): void {
    const { 'transfer-encoding': _, ...headers } = answer.headers
    response.writeHead(answer.statusCode ?? 500, { ...headers, 'content-length': body.length + 1 })
    response.flushHeaders()
    response.write(body.subarray(0, body.length / 2), () => response.destroy())
  }

  /** An attached stream. */
  async #attach(request: IncomingMessage, line: Duplex, head: Buffer): Promise<void> {
    this.#track(line)
    const body = await readBody(line, head, Number(request.headers['content-length'] ?? 0))
    const fault = this.#faultOf(request)
    if (fault === 'stall') await this.#stalled.promise
    if (line.destroyed) return
    if (fault === 'error') {
      line.end('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const engine = connect(engineSocket)
    this.#track(engine)
    const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
    // At once, as a client does: what the engine finds after the head alone, it takes for input of the container.
    const top = `${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
    engine.write(Buffer.concat([Buffer.from(top), body]))
    line.pipe(engine)
    let passed = 0
    engine.on('data', (chunk: Buffer) => {
      passed += chunk.length
      if (fault === 'lose' || (fault === 'cut' && passed > cutAfterBytes)) line.destroy()
      else line.write(chunk)
    })
    engine.once('end', () => line.end())
    line.once('close', () => engine.destroy())
    engine.once('close', () => line.destroy())
  }
}

/** Of a request to upgrade, which Node leaves on the line. */
async function readBody(line: Duplex, head: Buffer, length: number): Promise<Buffer> {
  let body = head
  while (body.length < length) {
    const [chunk] = (await once(line, 'data')) as [Buffer]
    line.pause()
    body = Buffer.concat([body, chunk])
  }
  return body
}
