import type { RunEventBody } from '../run/event.ts'
import type { OutputStream, StageName } from '../run/run.ts'
import { incompleteTailBytes } from './utf8-tail.ts'

/** Long enough that a short run's output is written together with its end, short enough to feel live. */
const flushDelayMs = 20
const maxEventBytes = 64 * 1024

/**
 * Collects what an attempt has to tell and appends it in batches, in order. What could not be appended stays, and goes with the
 * next batch or with the end of the run: memory is bounded by the stages' output limits. Text is cut between characters.
 */
export class OutputRecorder {
  readonly #append: (events: readonly RunEventBody[]) => Promise<void>
  readonly #tails = new Map<OutputStream, Uint8Array>()
  #stage: StageName = 'run'
  #pending: RunEventBody[] = []
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(append: (events: readonly RunEventBody[]) => Promise<void>) {
    this.#append = append
  }

  beginStage(stage: StageName): void {
    this.#releaseTails()
    this.#stage = stage
  }

  add(event: RunEventBody): void {
    this.#releaseTails()
    this.#pending.push(event)
    this.#schedule()
  }

  write(stream: OutputStream, chunk: Uint8Array): void {
    const held = this.#tails.get(stream)
    const bytes = held === undefined ? chunk : Buffer.concat([held, chunk])
    const end = bytes.length - incompleteTailBytes(bytes)
    if (end < bytes.length) this.#tails.set(stream, bytes.subarray(end))
    else this.#tails.delete(stream)
    this.#push(stream, bytes.subarray(0, end))
    this.#schedule()
  }

  /** Everything that is not written yet, for the transaction that ends the run. Nothing may be added afterwards. */
  async takeRest(): Promise<readonly RunEventBody[]> {
    clearTimeout(this.#timer)
    await this.#flushing
    this.#releaseTails()
    const rest = this.#pending
    this.#pending = []
    return rest
  }

  #push(stream: OutputStream, bytes: Uint8Array): void {
    let rest = bytes
    const last = this.#pending.at(-1)
    if (last?.type === 'output' && last.stream === stream && last.stage === this.#stage) {
      const room = maxEventBytes - last.bytes.length
      if (rest.length <= room) {
        this.#pending[this.#pending.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, rest]) }
        return
      }
    }
    while (rest.length > 0) {
      const head = rest.subarray(0, maxEventBytes)
      const whole = rest.length > head.length ? head.subarray(0, head.length - incompleteTailBytes(head)) : head
      this.#pending.push({ type: 'output', stage: this.#stage, stream, bytes: whole })
      rest = rest.subarray(whole.length)
    }
  }

  /** An unfinished character at the end of a stage is written as the bytes that it is. */
  #releaseTails(): void {
    for (const [stream, bytes] of this.#tails) this.#push(stream, bytes)
    this.#tails.clear()
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#flushing = this.#flushing.then(() => this.#flush())
    }, flushDelayMs)
  }

  async #flush(): Promise<void> {
    const batch = this.#pending
    this.#pending = []
    if (batch.length === 0) return
    try {
      await this.#append(batch)
    } catch {
      this.#pending = [...batch, ...this.#pending]
    }
  }
}
