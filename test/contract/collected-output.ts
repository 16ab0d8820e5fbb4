import type { OutputSink } from '../../src/platform/platform.ts'
import type { OutputStream } from '../../src/run/run.ts'

/** Keeps what a stage writes, and lets a test wait for it. */
export class CollectedOutput implements OutputSink {
  readonly #chunks: Record<OutputStream, Uint8Array[]> = { stdout: [], stderr: [] }
  readonly #waiting = new Set<() => void>()

  write(stream: OutputStream, chunk: Uint8Array): void {
    this.#chunks[stream].push(chunk)
    for (const look of this.#waiting) look()
  }

  bytes(stream: OutputStream): Buffer {
    return Buffer.concat(this.#chunks[stream])
  }

  text(stream: OutputStream): string {
    return this.bytes(stream).toString('utf8')
  }

  /** Resolves when the text was seen; rejects at the deadline with what was seen instead. */
  until(stream: OutputStream, text: string, deadlineMs = 20_000): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => {
      if (this.text(stream).includes(text)) resolve()
    }
    const timer = setTimeout(
      () => reject(new Error(`no ${JSON.stringify(text)}, but ${this.text(stream)}`)),
      deadlineMs,
    )
    this.#waiting.add(look)
    look()
    return promise.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(look)
    })
  }
}
