import type { TestContext } from 'node:test'
import fc from 'fast-check'

/** The long form is for `npm run test:fault`; the short one belongs to all tests. */
export const isLong = process.env.FAULT_FORM === 'long'

/** What chance decides in a test. A failure names the seed; with `SEED=…` the same decisions are made again. */
export class Chance {
  readonly seed: number
  #drawn = 0

  constructor(context: Pick<TestContext, 'diagnostic'>) {
    this.seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
    context.diagnostic(`SEED=${this.seed}`)
  }

  integer(min: number, max: number): number {
    this.#drawn += 1
    const [drawn = min] = fc.sample(fc.noBias(fc.integer({ min, max })), { seed: this.seed + this.#drawn, numRuns: 1 })
    return drawn
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
