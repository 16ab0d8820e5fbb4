import type { TestContext } from 'node:test'
import fc from 'fast-check'

/** The long form is for `npm run test:fault`; the short one belongs to all tests. */
export const isLong = process.env.FAULT_FORM === 'long'

/** More than any test draws; then they begin again. */
const numbersAtHand = 20_000

/** What chance decides in a test. A failure names the seed; with `SEED=…` the same decisions are made again. */
export class Chance {
  readonly seed: number
  readonly #numbers: readonly number[]
  #drawn = 0

  constructor(context: Pick<TestContext, 'diagnostic'>) {
    this.seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
    context.diagnostic(`SEED=${this.seed}`)
    this.#numbers = fc.sample(fc.noBias(fc.nat()), { seed: this.seed, numRuns: numbersAtHand })
  }

  integer(min: number, max: number): number {
    // One after another of one sequence: the first numbers of neighbouring seeds resemble each other.
    const drawn = this.#numbers[this.#drawn++ % numbersAtHand] ?? 0
    return min + (drawn % (max - min + 1))
  }

  oneOf<Choice>(choices: readonly [Choice, ...Choice[]]): Choice {
    return choices[this.integer(0, choices.length - 1)] ?? choices[0]
  }

  /** True in so many of 100 cases. */
  happens(percent: number): boolean {
    return this.integer(1, 100) <= percent
  }

  /** Adds the seed to whatever fails. */
  async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw new Error(`SEED=${this.seed} repeats this: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
  }
}
