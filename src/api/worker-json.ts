import type { WorkerRow } from '../store/worker-store.ts'
import type { PlatformJson, WorkerJson } from './schema/worker.ts'

export function workerJson(worker: WorkerRow): WorkerJson {
  return {
    id: worker.id,
    host: worker.host,
    slots: worker.slots,
    busySlots: worker.busySlots,
    state: worker.state,
    pools: [...worker.pools],
    platform: worker.platform === undefined ? undefined : platformJson(worker.platform),
    platformError: worker.platformError,
    startedAt: worker.startedAt.toISOString(),
    seenAt: worker.seenAt.toISOString(),
  }
}

export function platformJson(platform: NonNullable<WorkerRow['platform']>): PlatformJson {
  return {
    name: platform.name,
    engineVersion: platform.engineVersion,
    apiVersion: platform.apiVersion,
    operatingSystem: platform.operatingSystem,
    architecture: platform.architecture,
    cgroupVersion: platform.cgroupVersion,
    unenforced: [...platform.unenforced],
  }
}
