import type { Selectable } from 'kysely'
import type { RunEvent, RunEventBody } from '../run/event.ts'
import type { EventsTable } from './tables.ts'

type BodyColumns = Pick<Selectable<EventsTable>, 'type' | 'data' | 'stage' | 'stream' | 'bytes'>

/** Output stands in columns of its own, all else as JSON. */
export function bodyColumns(body: RunEventBody): BodyColumns {
  if (body.type === 'output') {
    return { type: body.type, data: null, stage: body.stage, stream: body.stream, bytes: body.bytes }
  }
  return { type: body.type, data: JSON.stringify(body), stage: null, stream: null, bytes: null }
}

export function eventFromRow(row: Selectable<EventsTable>): RunEvent {
  return { ...bodyFromRow(row), sequence: row.sequence, attempt: row.attempt, at: new Date(row.at) }
}

function bodyFromRow(row: BodyColumns): RunEventBody {
  const { data, stage, stream, bytes } = row
  if (data !== null) return JSON.parse(data)
  if (stage === null || stream === null || bytes === null) throw new Error('An output event without its output')
  return { type: 'output', stage, stream, bytes }
}
