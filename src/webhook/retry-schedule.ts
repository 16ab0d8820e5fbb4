const factor = 3
const longestPauseMs = 8 * 60 * 60 * 1000
/** A fifth more or less, so that what failed together does not come back together. */
const jitter = 0.2

/** The pause after the attempt of that number, the first being 1. `random` from 0 to 1. */
export function retryPauseMs(attempt: number, firstPauseMs: number, random: number): number {
  const pauseMs = Math.min(firstPauseMs * factor ** (attempt - 1), longestPauseMs)
  return Math.round(pauseMs * (1 - jitter + 2 * jitter * random))
}

/** A receiver that says when to come back is obeyed within reason, and never sooner than planned. */
export function nextPauseMs(plannedMs: number, retryAfterSeconds: number | undefined): number {
  return Math.max(plannedMs, Math.min((retryAfterSeconds ?? 0) * 1000, longestPauseMs))
}
