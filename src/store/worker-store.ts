import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { WorkersTable } from './tables.ts'

/** Nobody asks for one that was silent for so long: rows of killed processes go. */
const forgottenAfterMs = 24 * 60 * 60 * 1000

/** A worker says that it lives every few seconds; one that was silent for so long is taken for dead. */
const workerAliveMs = 15_000

export function aliveWorkers(workers: Pick<WorkerStore, 'list'>): Promise<readonly WorkerRow[]> {
  return workers.list(new Date(Date.now() - workerAliveMs))
}

/** What a worker says of itself. A row that was not renewed for a while belongs to a dead one. */
export interface WorkerRow {
  readonly id: string
  readonly host: string
  readonly processId: number
  readonly slots: number
  readonly busySlots: number
  readonly state: 'starting' | 'ready' | 'draining' | 'platform-unavailable'
  /** JSON-safe copy of the platform's info, absent while it cannot be reached. */
  readonly platform?: {
    readonly name: string
    readonly engineId?: string
    readonly engineVersion: string
    readonly apiVersion: string
    readonly operatingSystem: string
    readonly architecture: string
    readonly cgroupVersion: string
    readonly unenforced: readonly string[]
  }
  /** Why the platform cannot be reached. */
  readonly platformError?: string
  /** Whose runs it takes. */
  readonly pools: readonly string[]
  /** The environments whose images are present. */
  readonly images: readonly {
    readonly name: string
    readonly version: string
    readonly digest: string
    readonly sizeBytes?: number
  }[]
  readonly startedAt: Date
  readonly seenAt: Date
}

/** Whether it takes such runs, or will when its engine is there. One that has not said what its engine is may be any. */
export function serves(
  { state, pools, platform }: WorkerRow,
  { pool, architecture }: { readonly pool: string; readonly architecture?: string },
): boolean {
  if (state === 'draining' || !pools.includes(pool)) return false
  return architecture === undefined || platform === undefined || platform.architecture === architecture
}

/** The workers of the installation, as each of them last said of itself. */
export class WorkerStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async put(worker: WorkerRow): Promise<void> {
    const { id, ...columns } = workerColumns(worker)
    const forgottenAt = worker.seenAt.getTime() - forgottenAfterMs
    const work = async ({ rows }: Pick<Database, 'rows'>) => {
      await rows
        .insertInto('workers')
        .values({ id, ...columns })
        .onConflict(conflict => conflict.column('id').doUpdateSet(columns))
        .execute()
      await rows.deleteFrom('workers').where('seen_at', '<', forgottenAt).execute()
    }
    // It will be said again soon.
    await this.#database.transaction(work, { durable: false })
  }

  /** Those seen since, the oldest first. */
  async list(since: Date): Promise<readonly WorkerRow[]> {
    const found = await this.#database.rows
      .selectFrom('workers')
      .selectAll()
      .where('seen_at', '>=', since.getTime())
      .orderBy('started_at')
      .orderBy('id')
      .execute()
    return found.map(workerFromColumns)
  }

  async remove(id: string): Promise<void> {
    await this.#database.rows.deleteFrom('workers').where('id', '=', id).execute()
  }
}

function workerColumns(worker: WorkerRow): Selectable<WorkersTable> {
  return {
    id: worker.id,
    host: worker.host,
    process_id: worker.processId,
    slots: worker.slots,
    busy_slots: worker.busySlots,
    state: worker.state,
    platform: worker.platform === undefined ? null : JSON.stringify(worker.platform),
    platform_error: worker.platformError ?? null,
    images: JSON.stringify(worker.images),
    pools: JSON.stringify(worker.pools),
    started_at: worker.startedAt.getTime(),
    seen_at: worker.seenAt.getTime(),
  }
}

function workerFromColumns(row: Selectable<WorkersTable>): WorkerRow {
  return {
    id: row.id,
    host: row.host,
    processId: row.process_id,
    slots: row.slots,
    busySlots: row.busy_slots,
    state: row.state,
    platform: row.platform === null ? undefined : JSON.parse(row.platform),
    platformError: row.platform_error ?? undefined,
    images: JSON.parse(row.images),
    pools: JSON.parse(row.pools),
    startedAt: new Date(row.started_at),
    seenAt: new Date(row.seen_at),
  }
}
