import type { Selectable } from 'kysely'
import type { RunEvent, RunEventBody } from '../run/event.ts'
import type { EventsTable } from './tables.ts'

type BodyColumns = Pick<Selectable<EventsTable>, 'type' | 'data' | 'stage' | 'test' | 'stream' | 'bytes'>

/** Output stands in columns of its own, all else as JSON. */
export function bodyColumns(body: RunEventBody): BodyColumns {
  if (body.type === 'output') {
    const { type, stage, test = null, stream, bytes } = body
    return { type, data: null, stage, test, stream, bytes }
  }
  return { type: body.type, data: JSON.stringify(body), stage: null, test: null, stream: null, bytes: null }
}

export function eventFromRow(row: Selectable<EventsTable>): RunEvent {
  return { ...bodyFromRow(row), sequence: row.sequence, attempt: row.attempt, at: new Date(row.at) }
}

function bodyFromRow(row: BodyColumns): RunEventBody {
  const { type, data, stage, test, stream, bytes } = row
  if (data !== null) return JSON.parse(data)
  // A newer version may have kinds that stand in columns of their own, which whoever reads it does not know either.
  if (type !== 'output') return { type } as unknown as RunEventBody
  if (stage === null || stream === null || bytes === null) throw new Error('An output event without its output')
  return { type: 'output', stage, ...(test === null ? {} : { test }), stream, bytes }
}
