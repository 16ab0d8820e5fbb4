import type { OperationEvent, OperationId } from '../run/operation.ts'
import { Wake } from '../store/wake.ts'
import type { ApiParts } from './api-parts.ts'
import { serverSentEvent } from './event-json.ts'
import { heartbeatMs } from './event-stream.ts'
import { operationJson } from './operation-json.ts'
import type { OperationEventJson } from './schema/operation.ts'
import { pollMs } from './wait-until.ts'

const eventsPerPage = 100

/** An operation's events after a sequence number, as server-sent events. Ends after `finished`, when it is gone, or when aborted. */
export async function* operationStream(
  parts: Pick<ApiParts, 'operations' | 'hints'>,
  id: OperationId,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  using wake = new Wake(parts.hints, `operation:${id}`)
  yield 'retry: 1000\n\n'
  let sequence = after
  let lastWriteMs = performance.now()
  while (!signal.aborted) {
    const page = await parts.operations.events(id, { after: sequence, limit: eventsPerPage })
    for (const event of page) {
      const text = await eventText(parts, id, event)
      if (text === undefined) return
      yield text
      if (signal.aborted || event.type === 'finished') return
      sequence = event.sequence
    }
    if (page.length > 0) {
      lastWriteMs = performance.now()
      continue
    }
    const operation = await parts.operations.find(id)
    // A number after the last one: there is nothing to come.
    if (operation === undefined || operation.state === 'finished') return
    if (performance.now() - lastWriteMs >= heartbeatMs) {
      yield ': heartbeat\n\n'
      lastWriteMs = performance.now()
    }
    await wake.next(pollMs, signal)
  }
}

/** Undefined where the operation is gone. */
async function eventText(
  { operations }: Pick<ApiParts, 'operations'>,
  id: OperationId,
  event: OperationEvent,
): Promise<string | undefined> {
  const common = { sequence: event.sequence, at: event.at.toISOString() }
  switch (event.type) {
    case 'state':
      return serverSentEvent({ ...common, type: 'state', state: event.state })
    case 'progress':
      return serverSentEvent({ ...common, type: 'progress', progress: { ...event.progress } })
    case 'finished': {
      const operation = await operations.find(id)
      return operation && serverSentEvent({ ...common, type: 'finished', operation: operationJson(operation) })
    }
    default:
      // A newer version wrote it: its number is told, and nothing of what it says.
      return serverSentEvent({ ...common, type: (event as OperationEvent).type } as OperationEventJson)
  }
}
