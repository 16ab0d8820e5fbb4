/** What the operator chose. One schema in this folder is the source of flags, variables, the file and the docs page. */
export interface Settings {
  readonly dataDirectory: string
  readonly host: string
  readonly port: number
  readonly role: 'all' | 'api' | 'worker'
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly logFormat: 'pretty' | 'json'
  /** 0: as many as cores. */
  readonly slots: number
  /** How long SIGTERM waits for runs to finish before it hands them back. */
  readonly drainTimeoutMs: number
  /** Runs that may wait; then 429. */
  readonly maxQueuedRuns: number
  readonly maxRequestBytes: number
  readonly maxFiles: number
  /** Ceilings: the most that a request may ask for. */
  readonly maxWallTimeMs: number
  readonly maxCpuTimeMs: number
  readonly maxMemoryBytes: number
  readonly maxProcesses: number
  readonly maxOpenFiles: number
  readonly maxDiskBytes: number
  readonly maxOutputBytes: number
  readonly allowNetwork: boolean
  readonly environmentsDirectory?: string
  readonly dockerHost?: string
  /** `runc` (the engine's default when empty) or `runsc`. */
  readonly runtime?: string
  /** CPUs of each sandbox. */
  readonly cpus: number
  /** Whether images may be pulled, and built from Debian's packages. */
  readonly pull: boolean
  readonly build: boolean
  /** Prefix for references, a mirror: `registry.example:5000/`. */
  readonly registry?: string
}
