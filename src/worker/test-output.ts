import type { OutputSink } from '../platform/platform.ts'
import type { OutputStream } from '../run/run.ts'
import type { OutputRecorder } from './output-recorder.ts'

/** What a test writes: all of it to be judged, and as much of it kept as there is room for. */
export class TestOutput implements OutputSink {
  readonly #recorder: OutputRecorder
  readonly #kept = { stdout: 0, stderr: 0 }
  readonly #dropped = { stdout: false, stderr: false }
  readonly #stdout: Uint8Array[] = []
  #roomBytes: number

  constructor(recorder: OutputRecorder, roomBytes: number) {
    this.#recorder = recorder
    this.#roomBytes = roomBytes
  }

  write(stream: OutputStream, chunk: Uint8Array): void {
    if (stream === 'stdout') this.#stdout.push(chunk)
    const kept = chunk.subarray(0, this.#roomBytes)
    if (kept.length < chunk.length) this.#dropped[stream] = true
    if (kept.length === 0) return
    this.#roomBytes -= kept.length
    this.#kept[stream] += kept.length
    this.#recorder.write(stream, kept)
  }

  /** Up to the test's limit of output. */
  get stdout(): Uint8Array {
    return Buffer.concat(this.#stdout)
  }

  get keptBytes(): number {
    return this.#kept.stdout + this.#kept.stderr
  }

  summary(): Record<OutputStream, { readonly kept: number; readonly dropped: boolean }> {
    return {
      stdout: { kept: this.#kept.stdout, dropped: this.#dropped.stdout },
      stderr: { kept: this.#kept.stderr, dropped: this.#dropped.stderr },
    }
  }
}
