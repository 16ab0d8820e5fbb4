import type { Database } from './database.ts'
import { ImageStore } from './image-store.ts'
import { OperationStore } from './operation-store.ts'
import { PoolStore } from './pool-store.ts'
import { WorkerStore } from './worker-store.ts'

/** What is not of runs but of the whole installation: for its workers, and for the API that tells of them. */
export function installationStores(database: Database) {
  return {
    workers: new WorkerStore(database),
    operations: new OperationStore(database),
    images: new ImageStore(database),
    knownPools: new PoolStore(database),
  }
}
