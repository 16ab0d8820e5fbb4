import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'

/** Ctrl-C: the first one aborts the signal, so that things end in order; the second one ends the process at once. */
export class Interruption implements Disposable {
  readonly signal: AbortSignal
  readonly #stop: () => void

  constructor(context: CliContext) {
    const controller = new AbortController()
    this.signal = controller.signal
    this.#stop = context.onInterrupt(() => {
      if (controller.signal.aborted) context.exitNow(exitCodes.interrupted)
      // Without words: whoever pressed the keys knows.
      else controller.abort(new CommandError(exitCodes.interrupted, ''))
    })
  }

  [Symbol.dispose](): void {
    this.#stop()
  }
}
