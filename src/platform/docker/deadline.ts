/**
 * Runs `work` with a signal that follows `signal` and fires after `deadlineMs` too. Unlike `AbortSignal.timeout`, nothing of it is
 * left once the work is done: an engine connection that was made under it must not be cut by a late deadline.
 */
export async function withDeadline<Result>(
  deadlineMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const controller = new AbortController()
  const follow = () => controller.abort(signal.reason)
  const timer = setTimeout(() => controller.abort(new DeadlineError(deadlineMs)), deadlineMs)
  signal.addEventListener('abort', follow, { once: true })
  try {
    return await orAborted(work(controller.signal), controller.signal)
  } catch (error) {
    // What an aborted request rejects with says nothing; the reason does.
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', follow)
  }
}

/** Not every call of the engine's client listens to its signal: whoever waits for it does. */
async function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'

  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`)
  }
}
