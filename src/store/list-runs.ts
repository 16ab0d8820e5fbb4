import type { RunId } from '../run/id.ts'
import type { Database } from './database.ts'
import { runFromRow } from './run-row.ts'
import type { RunFilter, RunPage } from './run-store.ts'

/** Newest first. Every filter alone walks an index in the order of the answer, and stops at the end of the page. */
export async function listRuns(
  rows: Database['rows'],
  filter: RunFilter,
  page: { readonly limit: number; readonly after?: RunId },
): Promise<RunPage> {
  const ids = matchingIds(rows, filter, page.after).limit(page.limit + 1)
  const found = await rows.selectFrom('runs').selectAll().where('id', 'in', ids).orderBy('id', 'desc').execute()
  const runs = found.slice(0, page.limit).map(row => runFromRow(row))
  return { runs, next: found.length > page.limit ? runs.at(-1)?.id : undefined }
}

function matchingIds(rows: Database['rows'], filter: RunFilter, after: RunId | undefined) {
  const { state, outcome, environment, batchId, keyId, label } = filter
  const filtered = rows
    .selectFrom('runs')
    .select('runs.id')
    .$if(state !== undefined, query => query.where('runs.state', '=', state ?? null))
    .$if(outcome !== undefined, query => query.where('runs.outcome_kind', '=', outcome ?? null))
    .$if(batchId !== undefined, query => query.where('runs.batch_id', '=', batchId ?? null))
    .$if(keyId !== undefined, query => query.where('runs.key_id', '=', keyId ?? null))
    .$if(environment !== undefined, query => query.where('runs.family', '=', environment ?? null))
  if (label === undefined) {
    return filtered
      .$if(after !== undefined, query => query.where('runs.id', '<', after ?? ''))
      .orderBy('runs.id', 'desc')
  }
  // Walks the labels instead of the runs: a label can be rare.
  return filtered
    .innerJoin('run_labels', 'run_labels.run_id', 'runs.id')
    .where('run_labels.name', '=', label.name)
    .where('run_labels.value', '=', label.value)
    .$if(keyId !== undefined, query => query.where('run_labels.key_id', '=', keyId ?? null))
    .$if(after !== undefined, query => query.where('run_labels.run_id', '<', after ?? ''))
    .orderBy('run_labels.run_id', 'desc')
}
