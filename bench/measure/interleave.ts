/** One way to do what is compared. */
export interface Contender {
  readonly name: string
  /** Takes part in every n-th round only: what is slow needs fewer samples. Default 1. */
  readonly every?: number
  /** One sample, in whatever unit the caller compares. */
  measure(signal: AbortSignal): Promise<number>
}

/**
 * A/B/A/B: each round measures every contender once, so that what else happens on the machine meets them all. Each round begins with
 * another one, so that nobody always comes after the same one. `settle` is awaited after each sample and belongs to none.
 */
export async function interleave(
  contenders: readonly Contender[],
  options: {
    readonly rounds: number
    /** Measured and thrown away before. */
    readonly warmUpRounds: number
    readonly signal: AbortSignal
    readonly settle?: (signal: AbortSignal) => Promise<void>
    readonly onRound?: (round: number) => void
  },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { rounds, warmUpRounds, signal, settle = async () => {}, onRound = () => {} } = options
  const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    onRound(round)
    for (const contender of inTurn(contenders, round + warmUpRounds)) {
      signal.throwIfAborted()
      if (round >= 0 && round % (contender.every ?? 1) !== 0) continue
      const sample = await contender.measure(signal)
      if (round >= 0) samples.get(contender.name)?.push(sample)
      await settle(signal)
    }
  }
  return samples
}

export function inTurn<Item>(items: readonly Item[], round: number): readonly Item[] {
  const start = items.length === 0 ? 0 : round % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
