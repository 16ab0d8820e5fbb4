import type { Attributes, Counter, Histogram, Meter, Observable } from '@opentelemetry/api'
import { type Metric, type MetricName, metrics } from './metrics.ts'

/** In seconds: from a message to a warm sandbox to the longest that a program usually has. */
const boundaries = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** The instruments of the metrics that are counted as things happen. */
export class Instruments {
  readonly #counters = new Map<string, Counter>()
  readonly #histograms = new Map<string, Histogram>()

  constructor(meter: Meter) {
    for (const { kind, name, description, labels } of Object.values<Metric>(metrics)) {
      if (kind === 'histogram') {
        const advice = { explicitBucketBoundaries: boundaries }
        this.#histograms.set(name, meter.createHistogram(name, { description, unit: 's', advice }))
      }
      if (kind !== 'counter' || isObserved(name)) continue
      const counter = meter.createCounter(name, { description })
      // What never happened is 0, not absent: else nobody could tell the first time from none.
      if (labels.length === 0) counter.add(0)
      this.#counters.set(name, counter)
    }
  }

  count(metric: MetricName, labels: Attributes = {}, by = 1): void {
    this.#counters.get(metrics[metric].name)?.add(by, labels)
  }

  measure(metric: MetricName, ms: number, labels: Attributes): void {
    this.#histograms.get(metrics[metric].name)?.record(ms / 1000, labels)
  }
}

/** An instrument that is looked at when somebody asks. */
export function observable(meter: Meter, metric: MetricName): Observable {
  const { kind, name, description } = metrics[metric]
  return kind === 'counter'
    ? meter.createObservableCounter(name, { description })
    : meter.createObservableGauge(name, { description })
}

function isObserved(name: string): boolean {
  return name === metrics.processCpu.name
}
