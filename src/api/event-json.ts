import type { RunEvent } from '../run/event.ts'
import { encodeBytes } from '../run/file.ts'
import type { Run } from '../run/run.ts'
import { runJson, stageJson } from './run-json.ts'
import type { RunEventJson } from './schema/event.ts'

/** An event as it stands in JSON. `run` is the run as it is now; the `finished` event carries it. */
export function eventJson(event: RunEvent, run: Run): RunEventJson {
  const common = { sequence: event.sequence, attempt: event.attempt, at: event.at.toISOString() }
  switch (event.type) {
    case 'state':
      return { ...common, type: event.type, state: event.state }
    case 'progress':
      return { ...common, type: event.type, progress: { ...event.progress } }
    case 'output':
      return { ...common, type: event.type, stage: event.stage, stream: event.stream, ...encodeBytes(event.bytes) }
    case 'stage':
      return { ...common, type: event.type, stage: stageJson(event.stage) }
    case 'finished':
      return { ...common, type: event.type, run: runJson(run) }
  }
}

/** One server-sent event. JSON has no line breaks of its own, so one `data` line holds it. */
export function serverSentEvent(event: RunEventJson): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
