import type { HintTopic } from '../store/hints.ts'
import { Wake } from '../store/wake.ts'
import type { ApiParts } from './api-parts.ts'

/** A hint may be lost, so everybody who waits looks by himself this often. */
export const pollMs = 1000

export interface Wait {
  readonly topic: HintTopic
  readonly waitMs: number
  readonly signal: AbortSignal
  /** Hears the topic since before there was anything that could be over: then the first look waits for a hint, too. It is disposed at the end. */
  readonly wake?: Wake
}

/**
 * Looks at each hint of the topic, and now and then without one. Resolves when it is over, after `waitMs`, or when aborted. `isOver` is
 * told whether it was a hint: that is nearly always true.
 */
export async function waitUntil(
  hints: ApiParts['hints'],
  wait: Wait,
  isOver: (isHinted: boolean) => Promise<boolean>,
): Promise<void> {
  const { topic, waitMs, signal } = wait
  const deadline = performance.now() + waitMs
  using wake = wait.wake ?? new Wake(hints, topic)
  for (let isHinted = false, mayBeOver = wait.wake === undefined; ; mayBeOver = true) {
    if (mayBeOver && (await isOver(isHinted))) return
    const leftMs = deadline - performance.now()
    if (leftMs <= 0 || signal.aborted) return
    isHinted = await wake.next(Math.min(pollMs, leftMs), signal)
  }
}
