import type { Catalogue } from './environment/catalogue.ts'
import type { Platform } from './platform/platform.ts'
import type { Queue } from './queue/queue.ts'
import type { Database } from './store/database.ts'
import { oldestQueuedRun } from './store/oldest-queued-run.ts'
import { aliveWorkers, serves, WorkerStore } from './store/worker-store.ts'
import type { MetricSources, PoolDepth } from './telemetry/metric-sources.ts'
import type { Worker } from './worker/worker.ts'

/** What the parts of a process tell when somebody asks for metrics. */
export function metricSources(parts: {
  readonly database: Database
  readonly queue: Pick<Queue, 'depths'>
  readonly catalogue: Catalogue
  /** Absent in a process that only takes requests. */
  readonly worker?: Worker
  readonly platform?: Platform
}): MetricSources {
  const { database, queue, catalogue, worker, platform } = parts
  return {
    environmentName: request => catalogue.find(request.split('@', 1)[0] ?? '')?.name,
    queue: async () => {
      const [pools, oldestAt] = await Promise.all([poolDepths(database, queue), oldestQueuedRun(database)])
      return { pools, ...(oldestAt && { oldestAt }) }
    },
    data: async () => {
      const { usedBytes, freeBytes } = await database.space()
      return { usedBytes, ...(Number.isFinite(freeBytes) && { availableBytes: freeBytes }) }
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

/** Of every pool that something ever waited in. */
async function poolDepths(database: Database, queue: Pick<Queue, 'depths'>): Promise<readonly PoolDepth[]> {
  const [lanes, workers] = await Promise.all([queue.depths(), aliveWorkers(new WorkerStore(database))])
  const pools = new Map<string, PoolDepth>()
  for (const { pool, architecture, runs } of lanes) {
    const isServed = workers.some(worker => serves(worker, { pool, ...(architecture !== '' && { architecture }) }))
    const before = pools.get(pool) ?? { pool, runs: 0, unserved: 0 }
    pools.set(pool, { pool, runs: before.runs + runs, unserved: before.unserved + (isServed ? 0 : runs) })
  }
  return [...pools.values()]
}
