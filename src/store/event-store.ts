import type { RunEvent } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import type { OutputStream, StageName } from '../run/run.ts'
import type { Database } from './database.ts'
import { eventFromRow } from './event-row.ts'

export interface EventPage {
  readonly events: readonly RunEvent[]
  /** There was no event after these. */
  readonly isLast: boolean
}

/**
 * The append-only log of each run, its output included. Appending is fenced, see `src/queue/lifecycle.ts`.
 *
 * What earlier attempts wrote stays in the log, for followers count on a sequence without gaps; the `preparing` event of the next
 * attempt tells them to start afresh.
 */
export class EventStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** In order, those with a greater sequence. At most `limit` events. */
  async read(runId: RunId, page: { readonly after: number; readonly limit: number }): Promise<readonly RunEvent[]> {
    const found = await this.#database.rows
      .selectFrom('events')
      .selectAll()
      .where('run_id', '=', runId)
      .where('sequence', '>', page.after)
      .orderBy('sequence')
      .limit(page.limit)
      .execute()
    return found.map(eventFromRow)
  }

  /** The next events, in order: as many as fit into `maxBytes`, or one that is larger, and at most `limit`. */
  async page(
    runId: RunId,
    page: { readonly after: number; readonly limit: number; readonly maxBytes: number },
  ): Promise<EventPage> {
    const sizes = await this.#database.rows
      .selectFrom('events')
      .select(({ fn, val }) => [
        fn.coalesce(fn<number>('length', ['bytes']), val(0)).as('outputBytes'),
        fn.coalesce(fn<number>('length', ['data']), val(0)).as('bodyCharacters'),
      ])
      .where('run_id', '=', runId)
      .where('sequence', '>', page.after)
      .orderBy('sequence')
      .limit(page.limit)
      .execute()
    let bytes = 0
    const tooMuch = sizes.findIndex(size => {
      bytes += size.outputBytes + size.bodyCharacters
      return bytes > page.maxBytes
    })
    const limit = tooMuch === -1 ? sizes.length : Math.max(1, tooMuch)
    const events = limit === 0 ? [] : await this.read(runId, { after: page.after, limit })
    return { events, isLast: events.length === sizes.length && sizes.length < page.limit }
  }

  /** What the run's current attempt wrote to one stream; all its stages in turn, or one of them, or one test. */
  async output(
    runId: RunId,
    select: { readonly stream: OutputStream; readonly stage?: StageName; readonly test?: number },
  ): Promise<Uint8Array> {
    const found = await this.#database.rows
      .selectFrom('events')
      .innerJoin('runs', join =>
        join.onRef('runs.id', '=', 'events.run_id').onRef('runs.attempt', '=', 'events.attempt'),
      )
      .select('events.bytes')
      .where('events.run_id', '=', runId)
      .where('events.stream', '=', select.stream)
      .$if(select.stage !== undefined, query => query.where('events.stage', '=', select.stage ?? null))
      .$if(select.test !== undefined, query => query.where('events.test', '=', select.test ?? null))
      .orderBy('events.sequence')
      .execute()
    return Buffer.concat(found.flatMap(row => (row.bytes === null ? [] : [row.bytes])))
  }
}
