import { defaultPool } from '../run/pool.ts'
import type { Run } from '../run/run.ts'
import { aliveWorkers, serves, type WorkerRow } from '../store/worker-store.ts'
import type { ApiParts } from './api-parts.ts'
import type { RunJson } from './schema/run.ts'

/** Each submit asks, and workers come and go more slowly. */
const rememberMs = 1_000

/** The workers that live, as far as it says which runs are going to be taken. */
export class Fleet {
  readonly #workers: ApiParts['workers']
  #known: { readonly workers: Promise<readonly WorkerRow[]>; readonly atMs: number } | undefined

  constructor(workers: ApiParts['workers']) {
    this.#workers = workers
  }

  /** What is to be told of a run besides: why no worker that lives is going to take it. It never fails for what it cannot know. */
  async remarkOn(run: Run): Promise<Pick<RunJson, 'waiting'>> {
    if (run.state !== 'queued') return {}
    const workers = await this.#look().catch(() => undefined)
    const waiting = workers && whyWaiting(run, workers)
    return waiting === undefined ? {} : { waiting }
  }

  #look(): Promise<readonly WorkerRow[]> {
    const nowMs = performance.now()
    if (this.#known === undefined || nowMs - this.#known.atMs > rememberMs) {
      const workers = aliveWorkers(this.#workers)
      this.#known = { workers, atMs: nowMs }
      workers.catch(() => {
        this.#known = undefined
      })
    }
    return this.#known.workers
  }
}

function whyWaiting({ pool, architecture }: Run, workers: readonly WorkerRow[]): RunJson['waiting'] {
  if (workers.some(worker => serves(worker, { pool, architecture }))) return undefined
  const where = pool === defaultPool ? '' : ` of the pool "${pool}"`
  if (workers.some(worker => serves(worker, { pool }))) {
    const detail = `No worker${where} that lives is of the architecture ${architecture}. The run waits for one.`
    return { reason: 'architecture-unserved', detail }
  }
  return { reason: 'pool-unserved', detail: `No worker${where} lives. The run waits for one.` }
}
