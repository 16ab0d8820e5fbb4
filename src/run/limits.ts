/** What one stage may use. Every number is a positive safe integer: there is no "unlimited". */
export interface Limits {
  readonly wallTimeMs: number
  /** CPU time of all the stage's processes together. */
  readonly cpuTimeMs: number
  /** Memory of all the stage's processes together, its files on tmpfs included. Swap is never added. */
  readonly memoryBytes: number
  /** Processes and threads alive at once. */
  readonly processes: number
  /** Open file descriptors of each process. */
  readonly openFiles: number
  /** Bytes in the working folder, and again in /tmp. One value for the whole run. */
  readonly diskBytes: number
  /** Bytes kept of stdout, and again of stderr. What comes after is dropped, and `truncated` says so. */
  readonly outputBytes: number
}

export type LimitName = keyof Limits

export const limitNames = [
  'wallTimeMs',
  'cpuTimeMs',
  'memoryBytes',
  'processes',
  'openFiles',
  'diskBytes',
  'outputBytes',
] as const satisfies readonly LimitName[]

/** A limit that bit without ending the program. */
export type LimitHit = 'memory' | 'processes' | 'disk' | 'openFiles' | 'fileSize'

const MiB = 1024 * 1024

/** What a run stage gets when neither the request nor the environment says otherwise. */
export const defaultLimits: Limits = {
  wallTimeMs: 10_000,
  cpuTimeMs: 10_000,
  memoryBytes: 256 * MiB,
  processes: 64,
  openFiles: 256,
  diskBytes: 64 * MiB,
  outputBytes: 1 * MiB,
}

/** A compiler is trusted no more than a program, but it is hungrier. */
export const defaultCompileLimits: Limits = {
  wallTimeMs: 60_000,
  cpuTimeMs: 60_000,
  memoryBytes: 1024 * MiB,
  processes: 256,
  openFiles: 1024,
  diskBytes: 256 * MiB,
  outputBytes: 1 * MiB,
}

/** The least that can work at all: below it the container itself does not start, which would look like our fault. */
export const minimumLimits: Limits = {
  wallTimeMs: 1,
  cpuTimeMs: 1,
  memoryBytes: 8 * MiB,
  processes: 2,
  openFiles: 8,
  diskBytes: 64 * 1024,
  outputBytes: 1,
}

/** What a stage used. Only what was measured: a number that the host cannot give is absent. */
export interface Usage {
  readonly wallTimeMs: number
  readonly cpuTimeMs?: number
  readonly memoryPeakBytes?: number
}
