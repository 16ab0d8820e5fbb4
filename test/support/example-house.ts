import assert from 'node:assert/strict'
import { EmbeddedQueue } from '../../src/queue/embedded.ts'
import type { Lease } from '../../src/queue/lifecycle.ts'
import type { Queue } from '../../src/queue/queue.ts'
import { RunLifecycle } from '../../src/queue/run-lifecycle.ts'
import { ArtifactStore } from '../../src/store/artifact-store.ts'
import { BatchStore } from '../../src/store/batch-store.ts'
import type { Database } from '../../src/store/database.ts'
import { EventStore } from '../../src/store/event-store.ts'
import { ImageStore } from '../../src/store/image-store.ts'
import { OperationStore } from '../../src/store/operation-store.ts'
import { PoolStore } from '../../src/store/pool-store.ts'
import type { Shortage } from '../../src/store/retention.ts'
import { RunStore } from '../../src/store/run-store.ts'
import { TerminalStore } from '../../src/store/terminal-store.ts'

/** The store, queue and lifecycle over one database, as a process has them. */
export function exampleHouse(
  database: Database,
  options: {
    readonly maxQueuedRuns?: number
    readonly maxQueuedRunsPerKey?: number
    readonly shortage?: () => Promise<Shortage | undefined>
    readonly now?: () => Date
    /** Default: the embedded one. */
    readonly queue?: Queue
  } = {},
) {
  const runs = new RunStore(database)
  const events = new EventStore(database)
  const artifacts = new ArtifactStore(database)
  const { queue = new EmbeddedQueue({ database }), ...rest } = options
  const lifecycle = new RunLifecycle({ database, queue, runs, maxQueuedRuns: 1_000, ...rest })
  const batches = new BatchStore(database)
  const images = new ImageStore(database)
  const operations = new OperationStore(database)
  const terminals = new TerminalStore(database, options)
  const knownPools = new PoolStore(database)
  return { database, runs, events, artifacts, queue, lifecycle, batches, operations, images, knownPools, terminals }
}

export type ExampleHouse = ReturnType<typeof exampleHouse>

/** The next run that waits, claimed and begun. */
export async function begin({ queue, lifecycle }: Pick<ExampleHouse, 'queue' | 'lifecycle'>): Promise<Lease> {
  const claim = await queue.claim('worker', new AbortController().signal)
  const lease = claim && (await lifecycle.begin(claim, 'worker'))
  assert.ok(lease)
  return lease
}
