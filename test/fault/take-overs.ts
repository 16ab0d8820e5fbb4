import { ask } from '../support/postgres.ts'

interface Orphan {
  readonly id: string
  /** The one that its worker's death ended. */
  readonly attempt: number
  readonly diedAtMs: number
}

/** How long the runs of killed workers waited for the next worker. */
export class TakeOvers {
  readonly #databaseUrl: string
  readonly #orphans: Orphan[] = []

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl
  }

  /** Notes what a worker held that has just died. */
  async note(processId: number, diedAtMs: number): Promise<void> {
    const held = await ask(
      this.#databaseUrl,
      `select id, attempt from runs where state in ('preparing', 'running') and worker_id like '%-${processId}-%'`,
    )
    for (const { id, attempt } of held) this.#orphans.push({ id: String(id), attempt: Number(attempt), diedAtMs })
  }

  /** From each death to the beginning of the run's next attempt, in seconds, the shortest first. All of them must have one. */
  async seconds(): Promise<readonly number[]> {
    const times: number[] = []
    for (const { id, attempt, diedAtMs } of this.#orphans) {
      const [next] = await ask(
        this.#databaseUrl,
        `select min(at)::float8 as at from events where run_id = '${id}' and attempt > ${attempt}`,
      )
      if (typeof next?.at !== 'number') throw new Error(`the run ${id} was not taken over`)
      times.push((next.at - diedAtMs) / 1_000)
    }
    return times.toSorted((one, other) => one - other)
  }
}
