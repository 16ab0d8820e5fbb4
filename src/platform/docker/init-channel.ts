import { constants } from 'node:os'
import type { Duplex } from 'node:stream'
import { PlatformError } from '../platform-error.ts'
import { encodeFrame, FrameReader, type InitFrame, initProtocolVersion, toInit } from './frame.ts'
import { MultiplexedStreamReader } from './multiplexed-stream.ts'

/** What the container says outside the protocol (the runtime's complaints, say) is kept for the error message, up to this. */
const strayBytesKept = 2048

/**
 * The line to one init: frames out, frames in. It ends when the container does, or when the engine's connection breaks; then
 * `closed` resolves, and whoever waits is told through it.
 */
export class InitChannel {
  /** Resolves when no more frames will come. Never rejects. */
  readonly closed: Promise<void>
  readonly ready: Promise<void>
  /**
   * Bytes of stdin that init has not acknowledged. The window is the line's and not a stage's: acknowledgements of what came too late
   * for one stage arrive during the next.
   */
  stdinOnTheWay = 0
  readonly #stream: Duplex
  readonly #frames = new FrameReader()
  readonly #chunks = new MultiplexedStreamReader()
  #listener: (frame: InitFrame) => void = () => {}
  #onSign: () => void = () => {}
  #markReady: () => void = () => {}
  #stray = ''
  #brokenRule: string | undefined
  #fileError: string | undefined

  constructor(stream: Duplex) {
    this.#stream = stream
    this.closed = new Promise(resolve => {
      stream.once('close', resolve)
      stream.once('end', () => stream.destroy())
      // The reason does not matter: what became of the container is asked of the engine.
      stream.on('error', () => stream.destroy())
    })
    const ready = new Promise<void>(resolve => {
      this.#markReady = resolve
    })
    this.ready = Promise.race([
      ready,
      this.closed.then(() => {
        throw new PlatformError('sandbox-lost', `The sandbox ended before it was ready${this.complaint()}`)
      }),
    ])
    this.ready.catch(() => {})
    stream.on('data', (data: Buffer) => this.#receive(data))
  }

  /** The first file that init could not write, and why: it is told before the stage that cannot start for it. */
  get fileError(): string | undefined {
    return this.#fileError
  }

  /** Frames of a running stage go to the one listener. */
  listen(listener: (frame: InitFrame) => void): void {
    this.#listener = listener
  }

  /** Resolves when the next frame may be sent; a channel that closed swallows what it is given. */
  async send(frame: Buffer): Promise<void> {
    if (this.#stream.destroyed || this.#stream.writableEnded) return
    this.#gather()
    if (this.#stream.write(frame)) return
    await Promise.race([new Promise<void>(resolve => this.#stream.once('drain', resolve)), this.closed])
  }

  /** What is sent in one breath (a file, a stage, the end of its stdin) goes out as one: each piece would wake the engine by itself. */
  #gather(): void {
    if (this.#stream.writableCorked > 0) return
    this.#stream.cork()
    process.nextTick(() => this.#stream.uncork())
  }

  /**
   * Whether init answers within the time: to one byte of input that no stage wants, which it drops and acknowledges. To be asked while
   * no stage runs; one may be sent right behind it. One question at a time.
   */
  async answers(deadlineMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    // What has arrived is read before it is said that nothing has: a process that was held up itself hears its clock first.
    const timer = setTimeout(() => setImmediate(() => resolve(false)), deadlineMs)
    void this.closed.then(() => resolve(false))
    this.#onSign = () => resolve(true)
    try {
      // Acknowledged like any other: a window that is one byte too large is a rule broken.
      this.stdinOnTheWay += 1
      // Not waited for: what is behind it may be more than the line takes at once.
      void this.send(encodeFrame(toInit.stdin, new Uint8Array(1)))
      return await promise
    } finally {
      clearTimeout(timer)
      this.#onSign = () => {}
    }
  }

  /** What went wrong on the line, as the end of a sentence; empty when nothing is known. */
  complaint(): string {
    const text = this.#brokenRule ?? this.#stray.trim()
    return text === '' ? '' : `: ${text}`
  }

  close(): void {
    this.#stream.destroy()
  }

  #receive(data: Buffer): void {
    try {
      for (const chunk of this.#chunks.push(data)) {
        if (chunk.stream === 'stderr') this.#keepStray(chunk.bytes)
        else for (const frame of this.#frames.push(chunk.bytes)) this.#dispatch(frame)
      }
    } catch (error) {
      this.#brokenRule = error instanceof Error ? error.message : String(error)
      this.#stream.destroy()
    }
  }

  #dispatch(frame: InitFrame): void {
    this.#onSign()
    if (frame.type === 'ready') {
      if (frame.version !== initProtocolVersion) throw new RangeError(`init speaks version ${frame.version}`)
      this.#markReady()
    } else if (frame.type === 'error') {
      this.#brokenRule = frame.message
    } else if (frame.type === 'file-error') {
      this.#fileError ??= `${frame.path}: ${errorName(frame.errno)}`
    } else {
      if (frame.type === 'stdin-taken') this.stdinOnTheWay -= frame.bytes
      this.#listener(frame)
    }
  }

  #keepStray(bytes: Buffer): void {
    if (this.#stray.length < strayBytesKept) this.#stray += bytes.toString('utf8').slice(0, strayBytesKept)
  }
}

/** Linux' numbers, whatever system we run on: they are the sandbox's. */
export function errorName(errno: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === errno)
  return found?.[0] ?? `error ${errno}`
}
