import type { RunId } from '../run/id.ts'
import type { Run } from '../run/run.ts'
import type { ApiParts } from './api-parts.ts'
import { type Wait, waitUntil } from './wait-until.ts'

/** The run as soon as it is finished, or as it is after `waitMs` or when aborted. Undefined if there is none. */
export async function waitForRun(
  parts: Pick<ApiParts, 'runs' | 'hints'>,
  id: RunId,
  wait: Omit<Wait, 'topic'>,
): Promise<Run | undefined> {
  let found: Run | undefined
  await waitUntil(parts.hints, { topic: `finished:${id}`, ...wait }, async isHinted => {
    // Where it is over for sure, or nearly, one look is enough.
    found = isHinted ? await parts.runs.find(id) : undefined
    const state = found?.state ?? (await parts.runs.stateOf(id))
    return state === undefined || state === 'finished'
  })
  return found?.state === 'finished' ? found : await parts.runs.find(id)
}
