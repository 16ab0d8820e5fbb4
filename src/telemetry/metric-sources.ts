/** What waits in one pool; `unserved`: of that, what no worker that lives takes. */
export interface PoolDepth {
  readonly pool: string
  readonly runs: number
  readonly unserved: number
}

/** What is looked at when somebody asks for metrics. Rejecting is allowed: the others are told all the same. */
export interface MetricSources {
  /** The name in the catalogue of what a client asked for; undefined if it is not there. */
  readonly environmentName: (request: string) => string | undefined
  readonly queue: () => Promise<{ readonly pools: readonly PoolDepth[]; readonly oldestAt?: Date }>
  /** Of the database and its disk; available is absent where that is not a disk of ours. */
  readonly data: () => Promise<{ readonly usedBytes: number; readonly availableBytes?: number }>
  /** Absent where no worker is in this process. */
  readonly worker?: () => {
    readonly slots: number
    readonly usedSlots: number
    readonly warmSandboxes: number
    readonly engineIsUp: boolean
  }
}
