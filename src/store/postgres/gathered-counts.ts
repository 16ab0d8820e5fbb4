import type { Transaction } from 'kysely'
import type { RunState } from '../../run/run.ts'
import { addRunCounts } from '../run-counts.ts'
import type { Tables } from '../tables.ts'

/**
 * What a transaction does to the counts of runs, written as its last act and in the order of the shards: so their rows are locked for
 * a moment only, and no two transactions wait for each other.
 */
export class GatheredCounts {
  readonly #shards = new Map<number, Map<RunState, number>>()

  add(shard: number, move: { readonly from?: RunState; readonly to?: RunState }): void {
    const changes = this.#shards.get(shard) ?? new Map<RunState, number>()
    this.#shards.set(shard, changes)
    if (move.from) changes.set(move.from, (changes.get(move.from) ?? 0) - 1)
    if (move.to) changes.set(move.to, (changes.get(move.to) ?? 0) + 1)
  }

  async write(rows: Transaction<Tables>): Promise<void> {
    const shards = [...this.#shards].sort(([one], [other]) => one - other)
    for (const [shard, changes] of shards) {
      const real = [...changes].filter(([, change]) => change !== 0)
      if (real.length > 0) await addRunCounts(shard, Object.fromEntries(real), rows)
    }
  }
}
