/** What a number of samples say. Percentiles are samples that were measured, by the nearest-rank method: nothing is interpolated. */
export interface Summary {
  readonly samples: number
  readonly least: number
  readonly median: number
  readonly p90: number
  readonly p99: number
  readonly most: number
}

/** Throws for an empty list: nothing measured is no measurement of 0. */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError('nothing was measured')
  if (samples.some(sample => !Number.isFinite(sample))) throw new RangeError('a sample is not a number')
  const sorted = samples.toSorted((a, b) => a - b)
  return {
    samples: sorted.length,
    least: percentile(sorted, 0),
    median: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p99: percentile(sorted, 99),
    most: percentile(sorted, 100),
  }
}

/** The least sample that at least `percent` of 100 are not above. `sorted` ascends. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  const value = sorted[rank - 1]
  if (value === undefined) throw new RangeError('nothing was measured')
  return value
}
