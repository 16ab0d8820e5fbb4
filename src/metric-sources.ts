import type { Catalogue } from './environment/catalogue.ts'
import type { Platform } from './platform/platform.ts'
import type { Queue } from './queue/queue.ts'
import type { Database } from './store/database.ts'
import { oldestQueuedRun } from './store/oldest-queued-run.ts'
import type { MetricSources } from './telemetry/metric-sources.ts'
import type { Worker } from './worker/worker.ts'

/** What the parts of a process tell when somebody asks for metrics. */
export function metricSources(parts: {
  readonly database: Database
  readonly queue: Pick<Queue, 'depth'>
  readonly catalogue: Catalogue
  /** Absent in a process that only takes requests. */
  readonly worker?: Worker
  readonly platform?: Platform
}): MetricSources {
  const { database, queue, catalogue, worker, platform } = parts
  return {
    environmentName: request => catalogue.find(request.split('@', 1)[0] ?? '')?.name,
    queue: async () => {
      const [depth, oldestAt] = await Promise.all([queue.depth(), oldestQueuedRun(database)])
      return { depth, ...(oldestAt && { oldestAt }) }
    },
    data: async () => {
      const { usedBytes, freeBytes } = await database.space()
      return Number.isFinite(freeBytes) ? { usedBytes, availableBytes: freeBytes } : undefined
    },
    ...(worker && {
      worker: () => ({
        slots: worker.slots,
        usedSlots: worker.usedSlots,
        warmSandboxes: platform?.warmCount ?? 0,
        engineIsUp: worker.monitor.state.kind === 'up',
      }),
    }),
  }
}
