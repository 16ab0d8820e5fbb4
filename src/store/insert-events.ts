import type { RunEventBody } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import type { StoreTransaction } from './database.ts'
import { bodyColumns } from './event-row.ts'
import { prepareEach, prepareLoosely } from './prepared.ts'

/** Few enough that each number of them may be a statement of its own. */
const rowsAtOnce = 4
const columns = ['run_id', 'sequence', 'attempt', 'at', 'type', 'data', 'stage', 'test', 'stream', 'bytes'] as const
const insertSome = prepareEach((count: number) =>
  prepareLoosely((rows, value) =>
    rows
      .insertInto('events')
      .values(
        Array.from({ length: count }, (_, row) =>
          Object.fromEntries(columns.map(column => [column, value(`${column} ${row}`)])),
        ) as never,
      ),
  ),
)

/** The caller keeps the run's last sequence, in the same transaction. */
export async function insertEvents(
  log: { readonly runId: RunId; readonly attempt: number; readonly lastSequence: number; readonly at: Date },
  events: readonly RunEventBody[],
  transaction: StoreTransaction,
): Promise<void> {
  const rows = events.map((body, index) => {
    const position = { run_id: log.runId, sequence: log.lastSequence + 1 + index, attempt: log.attempt }
    return { ...position, at: log.at.getTime(), ...bodyColumns(body) }
  })
  for (let first = 0; first < rows.length; first += rowsAtOnce) {
    const some = rows.slice(first, first + rowsAtOnce)
    const values = some.flatMap((row, index) => columns.map(column => [`${column} ${index}`, row[column]]))
    await insertSome(some.length)(transaction.rows, Object.fromEntries(values))
  }
}

/**
 * Of an attempt's events that a commit whose answer was lost may have written: those that it did not. `written` of the attempt's
 * were there for sure; those that the lifecycle makes do not count. To be called with the run locked.
 */
export async function missingEvents(
  log: { readonly runId: RunId; readonly attempt: number; readonly written: number },
  events: readonly RunEventBody[],
  { rows }: StoreTransaction,
): Promise<readonly RunEventBody[]> {
  const { count } = await rows
    .selectFrom('events')
    .select(row => row.fn.countAll<number>().as('count'))
    .where('run_id', '=', log.runId)
    .where('attempt', '=', log.attempt)
    .where('type', 'not in', ['state', 'finished'])
    .executeTakeFirstOrThrow()
  return events.slice(Math.max(0, Number(count) - log.written))
}
