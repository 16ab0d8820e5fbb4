import type { Lease } from '../queue/lifecycle.ts'
import type { RunInput } from '../run/terminal.ts'
import type { Hints } from '../store/hints.ts'
import type { TerminalStore } from '../store/terminal-store.ts'
import { Wake } from '../store/wake.ts'
import type { Observer } from '../telemetry/observer.ts'

/** A hint may be lost, so we look by ourselves this often. */
const pollMs = 1000

/** What is typed into an interactive run, as it comes, until the stage is over. Its end is an input like any other. */
export async function* runInput(
  parts: {
    readonly terminals: Pick<TerminalStore, 'take'>
    readonly hints: Pick<Hints, 'subscribe'>
    readonly observer: Pick<Observer, 'log'>
  },
  lease: Lease,
  signal: AbortSignal,
): AsyncGenerator<RunInput, void, undefined> {
  const { id } = lease.run
  using wake = new Wake(parts.hints, `input:${id}`)
  while (!signal.aborted) {
    const inputs = await parts.terminals.take(id, lease.attempt).catch(error => {
      parts.observer.log.warn({ err: error, run: id }, 'what was typed could not be read')
      return []
    })
    yield* inputs
    if (inputs.length === 0) await wake.next(pollMs, signal)
  }
}
