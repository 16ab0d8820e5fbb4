import type { Lease } from '../queue/lifecycle.ts'
import type { Observer } from '../telemetry/observer.ts'

/** Sandboxes whose removal is told of. */
export function observedRemoval(
  observer: Observer,
  { run, attempt }: Pick<Lease, 'run' | 'attempt'>,
  sandboxes: AsyncDisposable,
): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      const startedAt = performance.now()
      await sandboxes[Symbol.asyncDispose]()
      observer.tell({ type: 'sandboxes-removed', run, attempt, durationMs: performance.now() - startedAt })
    },
  }
}
