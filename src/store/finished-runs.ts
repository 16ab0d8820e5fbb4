import type { RunId } from '../run/id.ts'
import type { Database } from './database.ts'

export interface FinishedRun {
  readonly id: RunId
  readonly finishedAt: Date
  /** Its webhook is still to be delivered. */
  readonly isAwaited: boolean
  /** What it takes; absent where nobody noted that. */
  readonly bytes: number | undefined
}

const runsPerPage = 64

/** Every finished run, the one that ended first first. Reads ahead by a page, so some may be gone when they are given. */
export async function* finishedRuns(database: Pick<Database, 'rows'>): AsyncGenerator<FinishedRun, void, undefined> {
  let after: FinishedRun | undefined
  do {
    const page = await finishedRunsPage(database, after)
    yield* page
    after = page.length === runsPerPage ? page.at(-1) : undefined
  } while (after !== undefined)
}

export async function finishedRunsPage(
  { rows }: Pick<Database, 'rows'>,
  after: Pick<FinishedRun, 'id' | 'finishedAt'> | undefined,
): Promise<readonly FinishedRun[]> {
  const found = await rows
    .selectFrom('runs')
    .leftJoin('webhooks', 'webhooks.run_id', 'runs.id')
    .leftJoin('run_sizes', 'run_sizes.run_id', 'runs.id')
    .select(['id', 'finished_at', 'next_attempt_at', 'run_sizes.bytes'])
    .where('finished_at', 'is not', null)
    .$if(after !== undefined, query =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('finished_at', 'id'), '>', tuple(after?.finishedAt.getTime() ?? 0, after?.id ?? '')),
      ),
    )
    .orderBy('finished_at')
    .orderBy('id')
    .limit(runsPerPage)
    .execute()
  return found.map(row => ({
    id: row.id as RunId,
    finishedAt: new Date(row.finished_at ?? 0),
    isAwaited: row.next_attempt_at !== null,
    bytes: row.bytes ?? undefined,
  }))
}
