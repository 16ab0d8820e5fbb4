import { encodeBytes } from './bytes.ts'
import type { Connection } from './connection.ts'
import { RunItConnectionError } from './error.ts'
import { pause } from './pause.ts'
import type { SignalName, TerminalMessage, TerminalNotice } from './terminal-messages.ts'
import type { RunEvent } from './types.ts'
import type { WebSocketLike } from './web-socket.ts'

export interface TerminalOptions {
  /** Never ask to write. */
  readonly watch?: boolean
  /** Only events after this sequence. Default 0: from the start. */
  readonly after?: number
  /** Aborting it closes the connection, not the run. */
  readonly signal?: AbortSignal
  /** One client writes. Told once at the start, and at each change. */
  readonly onRole?: (role: 'writer' | 'watcher') => void
  /** Something that was sent was dropped. */
  readonly onError?: (error: { readonly code: string; readonly detail: string }) => void
}

/** A message holds at most 64 KiB, in which one byte may take six characters. */
const pieceBytes = 8 * 1024
/** What may wait in the socket before a write waits too. */
const aheadBytes = 128 * 1024
const drainPollMs = 20

/**
 * A connection to a run that is talked to while it runs. To be iterated once, over the events up to and with `finished`: throws where
 * the connection breaks before that, and ends where it was closed here. `close` leaves the run alone.
 */
export class Terminal implements AsyncIterable<RunEvent> {
  readonly #socket: WebSocketLike
  readonly #baseUrl: string
  readonly #options: TerminalOptions
  readonly #events: RunEvent[] = []
  #wake: () => void = () => {}
  #role: 'writer' | 'watcher' | undefined
  #end: { readonly reason: string } | undefined
  #isClosedHere = false

  private constructor(socket: WebSocketLike, baseUrl: string, options: TerminalOptions) {
    this.#socket = socket
    this.#baseUrl = baseUrl
    this.#options = options
    socket.addEventListener('message', event => this.#receive(String((event as { data?: unknown }).data)))
    socket.addEventListener('close', event => {
      const { code, reason } = event as { code?: number; reason?: string }
      this.#ended(reason || `code ${code}`)
    })
    socket.addEventListener('error', () => this.#ended('it failed'))
  }

  /** Resolves when it is connected. */
  static async open(connection: Connection, path: string, options: TerminalOptions): Promise<Terminal> {
    options.signal?.throwIfAborted()
    const socket = connection.webSocket(path, { watch: options.watch ? 'true' : undefined, after: options.after })
    const terminal = new Terminal(socket, connection.baseUrl, options)
    const opened = new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve())
      for (const type of ['close', 'error'] as const) socket.addEventListener(type, () => reject(terminal.#lost()))
    })
    const onAbort = () => terminal.close()
    options.signal?.addEventListener('abort', onAbort, { once: true })
    socket.addEventListener('close', () => options.signal?.removeEventListener('abort', onAbort))
    await opened.catch((error: unknown) => Promise.reject(options.signal?.aborted ? options.signal.reason : error))
    return terminal
  }

  /** Undefined until the server has told. */
  get role(): 'writer' | 'watcher' | undefined {
    return this.#role
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, undefined> {
    try {
      while (true) {
        const event = this.#events.shift()
        if (event !== undefined) {
          yield event
          if (event.type === 'finished') return
        } else if (this.#end !== undefined) {
          this.#options.signal?.throwIfAborted()
          if (this.#isClosedHere) return
          throw this.#lost()
        } else {
          await new Promise<void>(resolve => {
            this.#wake = resolve
          })
        }
      }
    } finally {
      this.close()
    }
  }

  /** What is typed; on a terminal, Enter is `\r`. Resolves when there is room for more. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      while (this.#socket.bufferedAmount > aheadBytes && this.#end === undefined) await pause(drainPollMs)
      this.#say({ type: 'stdin', ...encodeBytes(bytes.subarray(start, start + pieceBytes)) })
    }
  }

  /** The end of its input. */
  end(): void {
    this.#say({ type: 'end' })
  }

  signal(signal: SignalName): void {
    this.#say({ type: 'signal', signal })
  }

  resize(columns: number, rows: number): void {
    this.#say({ type: 'resize', columns, rows })
  }

  close(): void {
    this.#isClosedHere = true
    this.#socket.close()
    this.#ended('it was closed')
  }

  /** What comes after the end is for nobody. */
  #say(message: TerminalMessage): void {
    if (this.#end === undefined) this.#socket.send(JSON.stringify(message))
  }

  #receive(text: string): void {
    const message: RunEvent | TerminalNotice = JSON.parse(text)
    if (message.type === 'role') {
      this.#role = message.role
      this.#options.onRole?.(message.role)
    } else if (message.type === 'error') {
      this.#options.onError?.(message)
    } else {
      this.#events.push(message)
      this.#wake()
    }
  }

  #ended(reason: string): void {
    this.#end ??= { reason }
    this.#wake()
  }

  #lost(): RunItConnectionError {
    return new RunItConnectionError(this.#baseUrl, `the terminal at ${this.#baseUrl} was lost: ${this.#end?.reason}`)
  }
}
