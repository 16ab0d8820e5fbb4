import { setTimeout as pause } from 'node:timers/promises'
import { isConflict, isUnavailable, translatePostgresError } from './postgres-error.ts'

const maxTries = 8
const firstPauseMs = 10
const lastPauseMs = 400
/** A database that is away for longer is somebody else's to wait for. */
const patienceMs = 5_000

/**
 * Makes a transaction, and makes it again where another one was in its way or its connection broke. Not when the commit itself was
 * lost: it may have happened. `make` calls `onCommit` when nothing but the commit is left.
 */
export async function retryTransaction<Result>(make: (onCommit: () => void) => Promise<Result>): Promise<Result> {
  const deadlineMs = performance.now() + patienceMs
  let pauseMs = firstPauseMs
  for (let tries = 1; ; tries += 1) {
    let isCommitting = false
    try {
      return await make(() => {
        isCommitting = true
      })
    } catch (error) {
      const isAway = isUnavailable(error) && !isCommitting && performance.now() < deadlineMs
      const isWorthIt = isConflict(error) || isAway
      if (!isWorthIt || tries === maxTries) throw translatePostgresError(error)
    }
    // Not at the same moment as the other one.
    await pause(pauseMs * (0.5 + Math.random()))
    pauseMs = Math.min(pauseMs * 2, lastPauseMs)
  }
}
