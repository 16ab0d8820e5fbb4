import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

const deadlineMs = 90_000

/** A program that answers each thing that it is told with one line. */
export class Questions {
  readonly #input: Writable
  readonly #lines: AsyncIterator<string>
  readonly #complaints: () => string

  constructor(streams: { readonly input: Writable; readonly output: Readable; readonly errors: Readable }) {
    let complaints = ''
    streams.errors.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-1000)
    })
    // What became of it is told by the line that does not come.
    for (const stream of [streams.input, streams.output, streams.errors]) stream.on('error', () => {})
    this.#input = streams.input
    this.#lines = createInterface({ input: streams.output })[Symbol.asyncIterator]()
    this.#complaints = () => complaints
  }

  /** One at a time. Rejects when it ends instead, says nothing for too long, or on abort; after that nothing may be asked any more. */
  async ask(question: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error('a program that measures does not answer')), deadlineMs)
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      this.#input.write(question)
      const line = await Promise.race([this.#lines.next(), late])
      if (line.done) throw new Error(`a program that measures has ended: ${this.#complaints()}`)
      return line.value
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }
}
