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
    readonly engineVersion: string
    readonly apiVersion: string
    readonly operatingSystem: string
    readonly architecture: string
    readonly cgroupVersion: string
    readonly unenforced: readonly string[]
  }
  /** Why the platform cannot be reached. */
  readonly platformError?: string
  /** The environments whose images are present. */
  readonly images: readonly { readonly name: string; readonly version: string; readonly digest: string }[]
  readonly startedAt: Date
  readonly seenAt: Date
}

export interface WorkerStore {
  put(worker: WorkerRow): Promise<void>
  /** Those seen since. */
  list(since: Date): Promise<readonly WorkerRow[]>
  remove(id: string): Promise<void>
}
