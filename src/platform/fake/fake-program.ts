import type { LimitHit } from '../../run/limits.ts'
import type { StageOutcome } from '../../run/outcome.ts'
import type { OutputStream } from '../../run/run.ts'
import type { RunInput } from '../../run/terminal.ts'
import type { StageRequest } from '../platform.ts'

/** What a program on the fake platform can do. After its stage has ended, nothing that it does has an effect. */
export interface FakeProcess {
  readonly stage: StageRequest
  /** The working folder: path to bytes. It may be changed. */
  readonly files: Map<string, Uint8Array>
  /** Aborted when the stage is ended from outside: by a limit, a cancel, or the end of the sandbox. */
  readonly signal: AbortSignal
  /** The next thing that is done to it: first its stdin, then what comes while it runs. Undefined after the end of its input. */
  nextInput(): Promise<RunInput | undefined>
  write(stream: OutputStream, data: string | Uint8Array): void
  hit(limit: LimitHit): void
  /** The sandbox ends under the stage, as if the engine had killed it. */
  loseSandbox(): void
}

/** Without an outcome it exited with 0. */
export type FakeProgram = (process: FakeProcess) => StageOutcome | undefined | Promise<StageOutcome | undefined>

/** Resolves when the signal is aborted, or after the time, whichever comes first. */
export function pause(signal: AbortSignal, milliseconds?: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) return Promise.resolve()
  const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds)
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise.finally(() => clearTimeout(timer))
}
