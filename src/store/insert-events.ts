import type { RunEventBody } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import type { StoreTransaction } from './database.ts'
import { bodyColumns } from './event-row.ts'

/** The caller keeps the run's last sequence, in the same transaction. */
export async function insertEvents(
  log: { readonly runId: RunId; readonly attempt: number; readonly lastSequence: number; readonly at: Date },
  events: readonly RunEventBody[],
  transaction: StoreTransaction,
): Promise<void> {
  for (const [index, body] of events.entries()) {
    const position = { run_id: log.runId, sequence: log.lastSequence + 1 + index, attempt: log.attempt }
    await transaction.rows
      .insertInto('events')
      .values({ ...position, at: log.at.getTime(), ...bodyColumns(body) })
      .execute()
  }
}
