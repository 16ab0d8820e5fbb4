import type { RunEventBody } from '../run/event.ts'
import type { OutputStream, StageName } from '../run/run.ts'
import { incompleteTailBytes } from './utf8-tail.ts'

/** Long enough that a short run's output is written together with its end, short enough to feel live. */
const flushDelayMs = 20
/** A stage that goes on for longer is no short one: what it says after a pause leaves at once. */
const shortStageMs = 100
/** A turn of the event loop, for what comes in the same breath. */
const turnMs = 1
/** After a batch that could not be appended. */
const retryDelayMs = 1_000
const maxEventBytes = 64 * 1024
/**
 * A program that writes to both streams in turn gets an event for each piece, in its order, up to so many in one batch. Beyond that
 * each stream's pieces are joined: one row for each byte would keep the process busy with nothing else.
 */
const maxPiecesInOrder = 64

/** Output that still grows: joined once, when it is taken. */
interface GrowingOutput {
  readonly type: 'growing'
  readonly stage: StageName
  readonly test: number | undefined
  readonly stream: OutputStream
  readonly pieces: Uint8Array[]
  length: number
}

interface Announcement {
  readonly type: 'announcement'
  readonly work: () => Promise<void>
}

/** `written`, where an earlier one rejected: how many were appended for sure. The events begin with those of that one. */
type AppendEvents = (events: readonly RunEventBody[], written?: number) => Promise<void>

/**
 * Collects what an attempt has to tell and appends it in batches, in order. What could not be appended stays, and goes with the
 * next batch or with the end of the run: memory is bounded by the stages' output limits. Text is cut between characters.
 */
export class OutputRecorder {
  readonly #append: AppendEvents
  readonly #now: () => number
  readonly #tails = new Map<OutputStream, Uint8Array>()
  #stage: StageName = 'run'
  #test: number | undefined
  /** What could not be appended; it comes before what is pending. */
  #kept: readonly RunEventBody[] = []
  /** How many were appended for sure. Of what is kept there may be some besides: the answer may be what was lost. */
  #written = 0
  #pending: (RunEventBody | GrowingOutput | Announcement)[] = []
  /** The last one of each stream in `#pending`, until something else than output comes after it. */
  readonly #growing = new Map<OutputStream, GrowingOutput>()
  #timer: NodeJS.Timeout | undefined
  #stageBeganMs = Number.POSITIVE_INFINITY
  #flushedMs = 0
  #flushing: Promise<void> = Promise.resolve()
  #isTaken = false

  /** `now` in ms, from any beginning. */
  constructor(append: AppendEvents, now = () => performance.now()) {
    this.#append = append
    this.#now = now
  }

  /** `test`: its index, of a stage `test`. */
  beginStage(stage: StageName, test?: number): void {
    this.#releaseTails()
    this.#growing.clear()
    this.#stage = stage
    this.#stageBeganMs = this.#now()
    this.#test = test
  }

  add(event: RunEventBody): void {
    this.#releaseTails()
    this.#growing.clear()
    this.#pending.push(event)
    this.#schedule(flushDelayMs)
  }

  write(stream: OutputStream, chunk: Uint8Array): void {
    const held = this.#tails.get(stream)
    const bytes = held === undefined ? chunk : Buffer.concat([held, chunk])
    const end = bytes.length - incompleteTailBytes(bytes)
    if (end < bytes.length) this.#tails.set(stream, bytes.subarray(end))
    else this.#tails.delete(stream)
    this.#push(stream, bytes.subarray(0, end))
    this.#schedule(this.#isAfterPause() ? turnMs : flushDelayMs)
  }

  /** Does something after what there is now was appended, and before anything is that comes later. */
  between(work: () => Promise<void>): Promise<void> {
    const pending = this.#takePending()
    const done = this.#flushing.then(() => this.#appendWithKept(pending)).then(work)
    this.#flushing = done.catch(() => {})
    return done
  }

  /**
   * Does something after what there is now was appended, a moment later but before anything is that comes afterwards. Where the rest is taken
   * before that it is not done.
   */
  announce(work: () => Promise<void>): void {
    this.#growing.clear()
    this.#pending.push({ type: 'announcement', work })
    this.#schedule(flushDelayMs)
  }

  /** Everything that is not written yet, for the transaction that ends the run. What comes afterwards is nobody's. */
  async takeRest(): Promise<{ readonly events: readonly RunEventBody[]; readonly written?: number }> {
    this.#isTaken = true
    clearTimeout(this.#timer)
    await this.#flushing
    this.#releaseTails()
    const written = this.#writtenIfInDoubt()
    return { events: [...this.#takeKept(), ...this.#takePending()], ...(written !== undefined && { written }) }
  }

  #push(stream: OutputStream, bytes: Uint8Array): void {
    const growing = this.#growing.get(stream)
    const isLast = growing !== undefined && growing === this.#pending.at(-1)
    if (growing !== undefined && (isLast || this.#pending.length >= maxPiecesInOrder)) {
      if (growing.length + bytes.length <= maxEventBytes) {
        growing.pieces.push(bytes)
        growing.length += bytes.length
        return
      }
    }
    for (let rest = bytes; rest.length > 0; ) {
      const head = rest.subarray(0, maxEventBytes)
      const whole = rest.length > head.length ? head.subarray(0, head.length - incompleteTailBytes(head)) : head
      const output: GrowingOutput = {
        type: 'growing',
        stage: this.#stage,
        test: this.#test,
        stream,
        pieces: [whole],
        length: whole.length,
      }
      this.#pending.push(output)
      this.#growing.set(stream, output)
      rest = rest.subarray(whole.length)
    }
  }

  /** An unfinished character at the end of a stage is written as the bytes that it is. */
  #releaseTails(): void {
    for (const [stream, bytes] of this.#tails) this.#push(stream, bytes)
    this.#tails.clear()
  }

  #isAfterPause(): boolean {
    const now = this.#now()
    return now - this.#stageBeganMs > shortStageMs && now - this.#flushedMs > flushDelayMs
  }

  #schedule(delayMs: number): void {
    if (this.#isTaken) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#flushing = this.#flushing.then(() => this.#flush())
    }, delayMs)
  }

  async #flush(): Promise<void> {
    const place = this.#pending.findIndex(item => item.type === 'announcement')
    const after = place < 0 ? [] : this.#pending.splice(place)
    const [announcement, ...rest] = after
    await this.#appendWithKept(this.#takePending())
    if (announcement?.type !== 'announcement') return
    if (this.#kept.length > 0) return void this.#pending.unshift(...after)
    // Whoever wants to know what becomes of it sees to that himself.
    await announcement.work().catch(() => {})
    this.#pending.unshift(...rest)
    await this.#appendWithKept(this.#takePending())
  }

  async #appendWithKept(pending: readonly RunEventBody[]): Promise<void> {
    const written = this.#writtenIfInDoubt()
    const batch = [...this.#takeKept(), ...pending]
    if (batch.length === 0) return
    this.#flushedMs = this.#now()
    try {
      await this.#append(batch, written)
      this.#written += batch.length
    } catch {
      this.#kept = batch
      this.#schedule(retryDelayMs)
    }
  }

  #writtenIfInDoubt(): number | undefined {
    return this.#kept.length > 0 ? this.#written : undefined
  }

  #takeKept(): readonly RunEventBody[] {
    const kept = this.#kept
    this.#kept = []
    return kept
  }

  #takePending(): readonly RunEventBody[] {
    const taken = this.#pending.flatMap(item => (item.type === 'announcement' ? [] : joined(item)))
    this.#pending = []
    this.#growing.clear()
    return taken
  }
}

function joined(event: RunEventBody | GrowingOutput): RunEventBody {
  if (event.type !== 'growing') return event
  const { stage, test, stream, pieces } = event
  const [only] = pieces
  const bytes = pieces.length === 1 && only ? only : Buffer.concat(pieces)
  return { type: 'output', stage, ...(test !== undefined && { test }), stream, bytes }
}
