import { constants } from 'node:os'
import type { StageOutcome } from '../../run/outcome.ts'
import type { OutputSink, StageExit, StageRequest } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { encodeFrame, encodeStage, type InitFrame, type InitStageExit, toInit } from './frame.ts'
import { errorName, type InitChannel } from './init-channel.ts'
import { stageFrame } from './preboot.ts'
import { StageFeed } from './stage-feed.ts'

/** One stage on the line to init: sends it, feeds its stdin, passes its output on, and knows its end. */
export class StageSession {
  /** The stage's end; undefined when the line closed first. Rejects when init could not start it. */
  readonly exit: Promise<StageExit | undefined>
  readonly #channel: InitChannel
  readonly #stage: StageRequest
  readonly #output: OutputSink
  /** The process that was started ahead may be its first one. */
  readonly #continues: boolean
  readonly #kept = { stdout: 0, stderr: 0 }
  readonly #truncated = { stdout: false, stderr: false }
  readonly #feed: StageFeed
  #resolve: (exit: StageExit | undefined) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(channel: InitChannel, stage: StageRequest, output: OutputSink, continues = false) {
    this.#continues = continues
    this.#channel = channel
    this.#stage = stage
    this.#output = output
    this.#feed = new StageFeed(channel)
    this.exit = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.exit.catch(() => {})
    channel.listen(frame => this.#receive(frame))
    void channel.closed.then(() => this.#over(undefined))
  }

  async start(): Promise<void> {
    const { terminal } = this.#stage
    await this.#channel.send(encodeStage({ ...stageFrame(this.#stage), continues: this.#continues, terminal }))
    await this.#feed.start(this.#stage)
  }

  kill(): void {
    void this.#channel.send(encodeFrame(toInit.kill))
  }

  truncated(): { readonly stdoutTruncated: boolean; readonly stderrTruncated: boolean } {
    return { stdoutTruncated: this.#truncated.stdout, stderrTruncated: this.#truncated.stderr }
  }

  #over(exit: StageExit | undefined): void {
    this.#feed.stop()
    this.#resolve(exit)
  }

  #receive(frame: InitFrame): void {
    switch (frame.type) {
      case 'stdout':
      case 'stderr':
        this.#pass(frame.type, frame.bytes)
        break
      case 'stdin-taken':
        this.#feed.taken()
        break
      case 'stage-exit':
        this.#end(frame.exit)
        break
      default:
        break
    }
  }

  /** Init keeps to the cap; it is checked again here because what runs beside init is hostile. */
  #pass(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#stage.limits.outputBytes - this.#kept[stream])
    if (kept.length < bytes.length) this.#truncated[stream] = true
    this.#kept[stream] += kept.length
    // A copy: the frame is a view of a larger buffer, which it would keep alive.
    if (kept.length > 0) this.#output.write(stream, Uint8Array.from(kept))
  }

  #end(exit: InitStageExit): void {
    if (exit.reason === 'not-started') {
      this.#feed.stop()
      const { fileError } = this.#channel
      // A file that does not fit, or whose place is taken, would not find room in another sandbox either.
      const code = fileError === undefined ? 'sandbox-lost' : 'refused'
      this.#reject(new PlatformError(code, `A stage could not be started: ${fileError ?? errorName(exit.value)}`))
      return
    }
    this.#over({
      outcome: toOutcome(exit, this.#stage),
      usage: {
        wallTimeMs: exit.wallTimeMs,
        ...(exit.cpuTimeMs === undefined ? {} : { cpuTimeMs: exit.cpuTimeMs }),
        ...(exit.memoryPeakBytes === undefined ? {} : { memoryPeakBytes: exit.memoryPeakBytes }),
      },
      limitsHit: exit.limitsHit,
      stdoutTruncated: exit.stdoutTruncated || this.#truncated.stdout,
      stderrTruncated: exit.stderrTruncated || this.#truncated.stderr,
    })
  }
}

export function toOutcome(exit: InitStageExit, stage: StageRequest): StageOutcome {
  switch (exit.reason) {
    case 'exited':
      return { kind: 'exited', code: exit.value }
    case 'signaled':
      return { kind: 'signaled', signal: signalName(exit.value) }
    case 'wall':
      return { kind: 'timed-out', clock: 'wall', limitMs: stage.limits.wallTimeMs }
    case 'cpu':
      return { kind: 'timed-out', clock: 'cpu', limitMs: stage.limits.cpuTimeMs }
    case 'out-of-memory':
      return { kind: 'out-of-memory', limitBytes: stage.limits.memoryBytes }
    case 'killed':
    case 'not-started':
      return { kind: 'canceled' }
  }
}

/** Linux' numbers, whatever system we run on: they are the sandbox's. */
function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number)
  return found?.[0] ?? `SIG${number}`
}
