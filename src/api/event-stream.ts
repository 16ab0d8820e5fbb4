import type { RunEvent } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import type { ApiParts } from './api-parts.ts'
import { eventJson, finishedEventJson, serverSentEvent } from './event-json.ts'
import type { RunEventJson } from './schema/event.ts'
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
  let isFinished = false
  let lastWriteMs = performance.now()
  let hasRead = false
  while (!signal.aborted) {
    const page = await parts.events.read(id, { after: sequence, limit: eventsPerPage })
    for (const event of page) {
      const json = await asJson(parts, id, event)
      if (json === undefined) return
      yield serverSentEvent(json)
      if (event.type === 'finished' || signal.aborted) return
      sequence = event.sequence
      lastWriteMs = performance.now()
    }
    if (page.length > 0) {
      hasRead = true
      continue
    }
    // It was finished before this empty page was read: there is nothing more to come.
    if (isFinished) return
    // Only where no event came at all: whoever gets events needs not ask whether the run is still there.
    if (!hasRead) {
      const state = await parts.runs.stateOf(id)
      if (state === undefined) return
      isFinished = state === 'finished'
      if (isFinished) continue
    }
    hasRead = false
    if (performance.now() - lastWriteMs >= heartbeatMs) {
      yield ': heartbeat\n\n'
      lastWriteMs = performance.now()
    }
    await wake.next(pollMs, signal)
  }
}

/** Undefined when the run that the `finished` event carries was deleted meanwhile. */
async function asJson(parts: Pick<ApiParts, 'runs'>, id: RunId, event: RunEvent): Promise<RunEventJson | undefined> {
  if (event.type !== 'finished') return eventJson(event)
  const run = await parts.runs.find(id)
  return run && finishedEventJson(event, run)
}
