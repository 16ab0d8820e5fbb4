import type { LimitHit } from '../../run/limits.ts'
import type { StageOutcome } from '../../run/outcome.ts'
import type { OutputStream } from '../../run/run.ts'
import type { RunInput } from '../../run/terminal.ts'
import type { OutputSink, StageExit, StageRequest } from '../platform.ts'
import type { PlatformError } from '../platform-error.ts'
import type { FakeProgram } from './fake-program.ts'

/** One stage on the fake platform: the first reason that ends it wins. Only its wall clock is a real one. */
export class FakeStage {
  readonly #stage: StageRequest
  readonly #output: OutputSink
  readonly #kept = { stdout: 0, stderr: 0 }
  readonly #truncated = { stdout: false, stderr: false }
  readonly #limitsHit = new Set<LimitHit>()
  readonly #ended = new AbortController()
  readonly #result = Promise.withResolvers<StageOutcome>()

  constructor(stage: StageRequest, output: OutputSink) {
    this.#stage = stage
    this.#output = output
    this.#result.promise.catch(() => {})
  }

  async run(
    program: FakeProgram,
    files: Map<string, Uint8Array>,
    loseSandbox: () => void,
    signal: AbortSignal,
  ): Promise<StageExit> {
    const startedAt = performance.now()
    const { wallTimeMs } = this.#stage.limits
    const timer = setTimeout(() => this.end({ kind: 'timed-out', clock: 'wall', limitMs: wallTimeMs }), wallTimeMs)
    const cancel = () => this.end({ kind: 'canceled' })
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      void this.#start(program, files, loseSandbox)
      const outcome = await this.#result.promise
      return {
        outcome,
        usage: { wallTimeMs: performance.now() - startedAt, cpuTimeMs: 1, memoryPeakBytes: 1024 * 1024 },
        limitsHit: [...this.#limitsHit],
        stdoutTruncated: this.#truncated.stdout,
        stderrTruncated: this.#truncated.stderr,
      }
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
    }
  }

  end(outcome: StageOutcome): void {
    this.#ended.abort()
    this.#result.resolve(outcome)
  }

  fail(error: PlatformError): void {
    this.#ended.abort()
    this.#result.reject(error)
  }

  async #start(program: FakeProgram, files: Map<string, Uint8Array>, loseSandbox: () => void): Promise<void> {
    if (this.#ended.signal.aborted) return
    const inputs = this.#inputs()
    try {
      const outcome = await program({
        stage: this.#stage,
        files,
        signal: this.#ended.signal,
        nextInput: async () => (await inputs.next()).value,
        write: (stream, data) => this.#write(stream, data),
        hit: limit => this.#limitsHit.add(limit),
        loseSandbox,
      })
      this.end(outcome ?? { kind: 'exited', code: 0 })
    } catch (error) {
      // A program that throws is a mistake in a test: it must not look like an outcome.
      this.#ended.abort()
      this.#result.reject(error)
    }
  }

  async *#inputs(): AsyncGenerator<RunInput, undefined> {
    const { stdin, input } = this.#stage
    if (stdin.length > 0) yield { type: 'stdin', bytes: stdin }
    if (input === undefined) return
    for await (const event of input(this.#ended.signal)) {
      if (event.type === 'end') return
      yield event
    }
  }

  #write(stream: OutputStream, data: string | Uint8Array): void {
    if (this.#ended.signal.aborted) return
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    const kept = bytes.subarray(0, this.#stage.limits.outputBytes - this.#kept[stream])
    if (kept.length < bytes.length) this.#truncated[stream] = true
    this.#kept[stream] += kept.length
    if (kept.length > 0) this.#output.write(stream, Uint8Array.from(kept))
  }
}
