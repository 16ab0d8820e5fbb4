import type { RunEvent } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import type { OutputStream, StageName } from '../run/run.ts'

/** The append-only log of each run, its output included. Appending is fenced, see `src/queue/lifecycle.ts`. */
export interface EventStore {
  /** In order, those with a greater sequence. At most `limit` events. */
  read(runId: RunId, page: { readonly after: number; readonly limit: number }): Promise<readonly RunEvent[]>
  /** What the run's current attempt wrote to one stream; all its stages in turn, or one of them. */
  output(runId: RunId, select: { readonly stream: OutputStream; readonly stage?: StageName }): Promise<Uint8Array>
}
