import type { Meter } from '@opentelemetry/api'
import type { MetricSources } from '../metric-sources.ts'
import { observable } from './instruments.ts'
import type { MetricName } from './metrics.ts'

/** Looks at the installation, each time somebody asks. */
export function observeSources(meter: Meter, { queue, data, worker }: MetricSources): void {
  const gauge = (name: MetricName) => observable(meter, name)
  const [depth, oldest] = [gauge('queueDepth'), gauge('queueOldest')]
  const [ofPool, unserved] = [gauge('queuePoolDepth'), gauge('queueUnserved')]
  meter.addBatchObservableCallback(
    async result => {
      const { pools, oldestAt } = await queue()
      result.observe(
        depth,
        pools.reduce((sum, { runs }) => sum + runs, 0),
      )
      for (const { pool, runs, unserved: untaken } of pools) {
        result.observe(ofPool, runs, { pool })
        result.observe(unserved, untaken, { pool })
      }
      result.observe(oldest, oldestAt === undefined ? 0 : Math.max(0, Date.now() - oldestAt.getTime()) / 1000)
    },
    [depth, oldest, ofPool, unserved],
  )
  const [used, available] = [gauge('dataUsed'), gauge('dataAvailable')]
  meter.addBatchObservableCallback(
    async result => {
      const space = await data()
      result.observe(used, space.usedBytes)
      if (space.availableBytes !== undefined) result.observe(available, space.availableBytes)
    },
    [used, available],
  )
  if (worker === undefined) return
  const [slots, warm, up] = [gauge('slots'), gauge('sandboxesWarm'), gauge('engineUp')]
  meter.addBatchObservableCallback(
    result => {
      const state = worker()
      result.observe(slots, state.usedSlots, { state: 'used' })
      result.observe(slots, Math.max(0, state.slots - state.usedSlots), { state: 'free' })
      result.observe(warm, state.warmSandboxes)
      result.observe(up, state.engineIsUp ? 1 : 0)
    },
    [slots, warm, up],
  )
}
