import type { WebSocket } from 'ws'

/** Messages that wait here while an earlier one is seen to; then the connection is read no further. */
const maxWaiting = 16
const heartbeatMs = 15_000

/** As in RFC 6455, and its registry. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  unsupported: 1003,
  policy: 1008,
  internal: 1011,
  restart: 1012,
} as const

/**
 * One WebSocket: messages come out one at a time and hold back the ones after them, and what is sent waits until the other side
 * takes it. A client that does not answer is cut off.
 */
export class TerminalSocket {
  readonly #socket: WebSocket
  readonly #waiting: string[] = []
  #onMessage: () => void = () => {}
  #isPaused = false
  #isAlive = true
  #isClosed = false
  readonly #heartbeat: NodeJS.Timeout

  constructor(socket: WebSocket) {
    this.#socket = socket
    // From the first moment on: what comes while nobody listens is lost.
    socket.on('message', (data, isBinary) => this.#receive(String(data), isBinary))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    socket.once('close', () => this.#end())
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
  }

  /** Resolves when the other side has taken it, or is gone. */
  send(text: string): Promise<void> {
    return new Promise(resolve => {
      this.#socket.send(text, () => resolve())
    })
  }

  /** May be repeated; the first one's code is told. */
  close(code: number, reason: string): void {
    this.#resume()
    this.#socket.close(code, reason)
  }

  async *messages(): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const message = this.#waiting.shift()
      if (message !== undefined) {
        yield message
        continue
      }
      if (this.#isClosed) return
      this.#resume()
      await new Promise<void>(resolve => {
        this.#onMessage = resolve
      })
    }
  }

  #receive(text: string, isBinary: boolean): void {
    this.#isAlive = true
    if (isBinary) {
      this.close(closeCodes.unsupported, 'messages are text')
      return
    }
    this.#waiting.push(text)
    if (this.#waiting.length >= maxWaiting && !this.#isPaused) {
      this.#isPaused = true
      this.#socket.pause()
    }
    this.#onMessage()
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#isAlive = true
    this.#socket.resume()
  }

  /** Where we do not read we cannot hear an answer either. */
  #beat(): void {
    if (this.#isPaused) return
    if (!this.#isAlive) {
      this.#socket.terminate()
      return
    }
    this.#isAlive = false
    this.#socket.ping()
  }

  #end(): void {
    clearInterval(this.#heartbeat)
    this.#isClosed = true
    this.#onMessage()
  }
}
