import { errorFrom, RunItConnectionError } from './error.ts'
import { pause } from './pause.ts'
import { type OpenWebSocket, openGlobalWebSocket, type WebSocketLike } from './web-socket.ts'

export interface ClientOptions {
  /** Default `http://127.0.0.1:8080`. */
  readonly baseUrl?: string
  /** Default the global one. */
  readonly fetch?: typeof fetch
  /** Opens a WebSocket, for terminals. Default the global one. */
  readonly webSocket?: OpenWebSocket
  /** An API key, sent as `Authorization: Bearer`. */
  readonly key?: string
  /** How long one request may take, the time that it was asked to wait not counted. Default 30 s. */
  readonly timeoutMs?: number
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** Asks the server to answer only when the run is finished, or after that long. */
  readonly waitSeconds?: number
  /** Names this request, so that it has its effect once and may be sent again. */
  readonly idempotencyKey?: string
  /** Replies that are an answer, not an error, beside those below 300. */
  readonly acceptStatus?: number
}

/** Only requests that may be repeated are sent again, for a server that is just starting again. */
const retryPausesMs = [50, 250]
/** What is to be made is worth some more patience than what is to be read. */
const makingPausesMs = [...retryPausesMs, 1_000]
/** So that those who lost the same server do not all come back at once. */
const jitter = 0.25
const retryStatuses = new Set([502, 503, 504])

/** Sends requests to one server, and turns everything that is not an answer into an error that says what to do. */
export class Connection {
  readonly baseUrl: string
  readonly #fetch: typeof fetch
  readonly #webSocket: OpenWebSocket
  readonly #key?: string
  readonly #timeoutMs: number

  constructor(options: ClientOptions) {
    this.baseUrl = (options.baseUrl ?? 'http://127.0.0.1:8080').replace(/\/+$/, '')
    // Bound, because a browser's fetch works as the window's method only.
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
    this.#webSocket = options.webSocket ?? openGlobalWebSocket
    this.#key = options.key
    this.#timeoutMs = options.timeoutMs ?? 30_000
  }

  async json<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.#read(path, options, response => response.json() as Promise<T>)
  }

  async bytes(path: string, options: RequestOptions = {}): Promise<Uint8Array> {
    return this.#read(path, options, async response => new Uint8Array(await response.arrayBuffer()))
  }

  async nothing(path: string, options: RequestOptions = {}): Promise<void> {
    await this.#read(path, options, response => response.arrayBuffer())
  }

  /** The reply as it is, for a stream: the time limit ends with its headers, and nothing is repeated. */
  async open(path: string, options: RequestOptions & { readonly signal: AbortSignal }): Promise<Response> {
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new DOMException('no answer in time', 'TimeoutError')), this.#timeoutMs)
    try {
      return await this.#send(path, options, AbortSignal.any([options.signal, limit.signal]))
    } finally {
      clearTimeout(timer)
    }
  }

  /** The key travels as a subprotocol, because browsers let nobody set a header. */
  webSocket(path: string, query: RequestOptions['query']): WebSocketLike {
    const protocols = ['run-it', ...(this.#key ? [`run-it.key.${this.#key}`] : [])]
    return this.#webSocket(this.#url(path, query).replace(/^http/, 'ws'), protocols)
  }

  /** The body is read under the same time limit and the same retries as the headers. */
  async #read<T>(path: string, options: RequestOptions, body: (response: Response) => Promise<T>): Promise<T> {
    const pauses = pausesOf(options)
    for (let attempt = 0; ; attempt++) {
      const limit = AbortSignal.timeout(this.#timeoutMs + (options.waitSeconds ?? 0) * 1000)
      const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
      try {
        const response = await this.#send(path, options, signal)
        return await body(response).catch(error => Promise.reject(this.#connectionError(error, signal, options.signal)))
      } catch (error) {
        const pauseMs = pauses[attempt]
        if (pauseMs === undefined || !isWorthAnotherTry(error) || limit.aborted) throw error
        await pause(pauseMs * (1 + jitter * Math.random()), options.signal)
      }
    }
  }

  async #send(path: string, options: RequestOptions, signal: AbortSignal): Promise<Response> {
    const response = await this.#fetch(this.#url(path, options.query), {
      method: options.method ?? 'GET',
      headers: this.#headers(options),
      signal,
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    }).catch(error => Promise.reject(this.#connectionError(error, signal, options.signal)))
    if (response.ok || response.status === options.acceptStatus) return response
    throw await errorFrom(response)
  }

  #url(path: string, query: RequestOptions['query'] = {}): string {
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
    const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
    return `${this.baseUrl}${path}${text && `?${text}`}`
  }

  #headers({ headers, body, waitSeconds, idempotencyKey }: RequestOptions): Record<string, string> {
    return {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(waitSeconds && { prefer: `wait=${Math.ceil(waitSeconds)}` }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...(this.#key && { authorization: `Bearer ${this.#key}` }),
      ...headers,
    }
  }

  /** What the caller aborted is passed on as his reason; everything else did not reach the server, or its answer did not reach us. */
  #connectionError(error: unknown, signal: AbortSignal, ofCaller: AbortSignal | undefined): unknown {
    if (ofCaller?.aborted) return ofCaller.reason
    if (signal.aborted)
      return new RunItConnectionError(this.baseUrl, `${this.baseUrl} did not answer in time`, { cause: error })
    const reason = error instanceof Error && error.cause instanceof Error ? ` (${describeCause(error.cause)})` : ''
    return new RunItConnectionError(
      this.baseUrl,
      `cannot reach ${this.baseUrl}${reason}: is \`run-it serve\` running?`,
      {
        cause: error,
      },
    )
  }
}

function pausesOf({ method = 'GET', idempotencyKey }: RequestOptions): readonly number[] {
  if (idempotencyKey !== undefined) return makingPausesMs
  return method === 'GET' ? retryPausesMs : []
}

export function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof RunItConnectionError) return true
  return error instanceof Error && 'status' in error && retryStatuses.has(error.status as number)
}

/** Node says why in the cause, and when it tried several addresses only in its code. */
function describeCause(cause: Error & { readonly code?: unknown }): string {
  return cause.message || String(cause.code ?? cause.name)
}
