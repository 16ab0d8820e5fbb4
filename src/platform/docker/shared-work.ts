interface Work<Result, Progress> {
  readonly result: Promise<Result>
  readonly listeners: Set<(progress: Progress) => void>
  readonly controller: AbortController
  last?: Progress
}

/**
 * Work that many may want at once is done once. It goes on as long as somebody waits for it; who joins late hears the latest
 * progress first.
 */
export class SharedWork<Result, Progress> {
  readonly #running = new Map<string, Work<Result, Progress>>()

  async join(
    key: string,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
    start: (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted()
    const work = this.#running.get(key) ?? this.#start(key, start)
    if (work.last !== undefined) onProgress(work.last)
    // A listener of its own for each that joins, even where two bring the same function.
    const listener = (progress: Progress) => onProgress(progress)
    work.listeners.add(listener)
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([work.result, aborted])
    } finally {
      signal.removeEventListener('abort', onAbort)
      work.listeners.delete(listener)
      if (work.listeners.size === 0) this.#stop(key, work)
    }
  }

  #start(
    key: string,
    start: (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>,
  ): Work<Result, Progress> {
    const controller = new AbortController()
    const listeners = new Set<(progress: Progress) => void>()
    const tell = (progress: Progress) => {
      work.last = progress
      for (const listener of listeners) listener(progress)
    }
    // On a later turn, so that `work` is there before anything is told.
    const result = Promise.resolve().then(() => start(tell, controller.signal))
    const work: Work<Result, Progress> = { result, listeners, controller }
    result.catch(() => {})
    this.#running.set(key, work)
    return work
  }

  #stop(key: string, work: Work<Result, Progress>): void {
    if (this.#running.get(key) === work) this.#running.delete(key)
    work.controller.abort(new Error('nobody waits for it any more'))
  }
}
