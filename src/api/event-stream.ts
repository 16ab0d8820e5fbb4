import type { RunId } from '../run/id.ts'
import { Wake } from '../store/wake.ts'
import type { RouteContext } from './api-parts.ts'
import { pollMs } from './wait-until.ts'

/** Below the idle timeouts that proxies have. */
export const heartbeatMs = 15_000

/**
 * A run's events after a sequence number, as server-sent events: first those that are there, then each as it comes. Ends
 * after the finished event, when the run is gone, or when aborted. Whoever reads it sets the pace: nothing is read ahead.
 */
export async function* eventStream(
  parts: Pick<RouteContext, 'eventPages' | 'hints'>,
  id: RunId,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string | Buffer> {
  using followed = parts.eventPages.follow(id)
  using wake = new Wake(parts.hints, `run:${id}`)
  // The client knows at once that it is connected, and how soon to come back.
  yield 'retry: 1000\n\n'
  let sequence = after
  let lastWriteMs = performance.now()
  while (!signal.aborted) {
    const page = await followed.pages.next(sequence)
    if (page === 'over') return
    if (page !== undefined) {
      yield page.bytes
      if (page.isEnd) return
      sequence = page.lastSequence
      lastWriteMs = performance.now()
      continue
    }
    if (performance.now() - lastWriteMs >= heartbeatMs) {
      yield ': heartbeat\n\n'
      lastWriteMs = performance.now()
    }
    await wake.next(pollMs, signal)
  }
}
