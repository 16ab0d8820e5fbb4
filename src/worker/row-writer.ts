import { pause } from './pause.ts'

const intervalMs = 5_000
const delayMs = 100

export interface RowWriterOptions {
  /** Writes the row as it is now. */
  readonly put: () => Promise<void>
  readonly onError: (error: unknown) => void
  /** Nothing is begun after it. */
  readonly stopped: AbortSignal
}

/** Keeps a worker's row true. One write at a time, and one that waits for it, which tells the latest. */
export class RowWriter {
  readonly #options: RowWriterOptions
  #writing: Promise<void> = Promise.resolve()
  #isDue = false
  #failedMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(options: RowWriterOptions) {
    this.#options = options
  }

  /** Time since a write failed last; infinite if none did. */
  get sinceFailureMs(): number {
    return performance.now() - this.#failedMs
  }

  /** Writes it now and then, until stopped: a row that is not renewed is a dead one's. */
  async renew(): Promise<void> {
    const { stopped } = this.#options
    while (!stopped.aborted) {
      this.write()
      await pause(intervalMs, stopped)
    }
    clearTimeout(this.#timer)
  }

  /** For what changes with every run: it is told now and then, and not in the way of the runs. */
  writeSoon(): void {
    if (this.#options.stopped.aborted) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.write()
    }, delayMs)
  }

  /** What could not be written is written again with the next renewal. */
  write(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#writing = this.#writing
      .then(() => {
        this.#isDue = false
        return this.#options.put()
      })
      .catch(error => {
        this.#failedMs = performance.now()
        this.#options.onError(error)
      })
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing
  }
}
