import type { RunEvent } from '../run/event.ts'
import { encodeBytes } from '../run/file.ts'
import type { Run } from '../run/run.ts'
import { runJson, stageJson } from './run-json.ts'
import type { BatchEventJson } from './schema/batch.ts'
import type { RunEventJson } from './schema/event.ts'
import type { OperationEventJson } from './schema/operation.ts'

/** An event as it stands in JSON. */
export function eventJson(event: Exclude<RunEvent, { readonly type: 'finished' }>): RunEventJson {
  const common = commonJson(event)
  switch (event.type) {
    case 'state':
      return { ...common, type: event.type, state: event.state }
    case 'progress':
      return { ...common, type: event.type, progress: { ...event.progress } }
    case 'output':
      return {
        ...common,
        type: event.type,
        stage: event.stage,
        ...(event.test !== undefined && { test: event.test }),
        stream: event.stream,
        ...encodeBytes(event.bytes),
      }
    case 'stage':
      return { ...common, type: event.type, stage: stageJson(event.stage) }
    default:
      return unknownEventJson(event)
  }
}

/** Of a kind that a newer version wrote: that it is there, so that the numbers have no gap, and nothing of what it says. */
function unknownEventJson(event: RunEvent): RunEventJson {
  return { ...commonJson(event), type: event.type } as RunEventJson
}

/** The last event carries the whole run, so that a follower need not ask for it. */
export function finishedEventJson(event: RunEvent, run: Run): RunEventJson {
  return { ...commonJson(event), type: 'finished', run: runJson(run) }
}

function commonJson({ sequence, attempt, at }: RunEvent) {
  return { sequence, attempt, at: at.toISOString() }
}

/** One server-sent event. JSON has no line breaks of its own, so one `data` line holds it. */
export function serverSentEvent(event: RunEventJson | BatchEventJson | OperationEventJson): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
