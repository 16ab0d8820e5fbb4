import type { RunId } from '../run/id.ts'
import type { Run } from '../run/run.ts'
import type { ApiParts } from './api-parts.ts'
import { eventJson, serverSentEvent } from './event-json.ts'
import { pollMs } from './wait-for-run.ts'
import { Wake } from './wake.ts'

/** Bounds what one follower holds in memory. */
const eventsPerPage = 32
/** Below the idle timeouts that proxies have. */
const heartbeatMs = 15_000

/**
 * A run's events after a sequence number, as server-sent events: first those that are there, then each as it comes. Ends
 * after the finished event, when the run is gone, or when aborted. Whoever reads it sets the pace: nothing is read ahead.
 */
export async function* eventStream(
  parts: Pick<ApiParts, 'runs' | 'events' | 'hints'>,
  id: RunId,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  using wake = new Wake(parts.hints, `run:${id}`)
  // The client knows at once that it is connected, and how soon to come back.
  yield 'retry: 1000\n\n'
  let sequence = after
  let lastWriteMs = performance.now()
  while (!signal.aborted) {
    // Looked up before the events: when it was finished then, an empty page means that there is nothing more to come.
    const run: Run | undefined = await parts.runs.find(id)
    if (run === undefined) {
      return
    }
    const page = await parts.events.read(id, { after: sequence, limit: eventsPerPage })
    for (const event of page) {
      const current = event.type === 'finished' ? await parts.runs.find(id) : run
      yield serverSentEvent(eventJson(event, current ?? run))
      if (event.type === 'finished' || signal.aborted) {
        return
      }
      sequence = event.sequence
      lastWriteMs = performance.now()
    }
    if (page.length > 0) {
      continue
    }
    if (run.state === 'finished') {
      return
    }
    if (performance.now() - lastWriteMs >= heartbeatMs) {
      yield ': heartbeat\n\n'
      lastWriteMs = performance.now()
    }
    await wake.next(pollMs, signal)
  }
}
