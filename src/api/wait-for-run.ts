import type { RunId } from '../run/id.ts'
import type { Run } from '../run/run.ts'
import { Wake } from '../store/wake.ts'
import type { ApiParts } from './api-parts.ts'

/** A hint may be lost, so everybody who waits looks by himself this often. */
export const pollMs = 1000

/** The run as soon as it is finished, or as it is after `waitMs` or when aborted. Undefined if there is none. */
export async function waitForRun(
  parts: Pick<ApiParts, 'runs' | 'hints'>,
  id: RunId,
  waitMs: number,
  signal: AbortSignal,
): Promise<Run | undefined> {
  const deadline = performance.now() + waitMs
  using wake = new Wake(parts.hints, `run:${id}`)
  for (;;) {
    const state = await parts.runs.stateOf(id)
    const leftMs = deadline - performance.now()
    if (state === undefined || state === 'finished' || leftMs <= 0 || signal.aborted) {
      return await parts.runs.find(id)
    }
    await wake.next(Math.min(pollMs, leftMs), signal)
  }
}
