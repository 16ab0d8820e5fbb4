export interface PlatformInfo {
  name: string
  engineVersion: string
  apiVersion: string
  operatingSystem: string
  architecture: string
  cgroupVersion: string
  unenforced: string[]
}

export interface WorkerInfo {
  id: string
  host: string
  slots: number
  busySlots: number
  state: 'starting' | 'ready' | 'draining' | 'platform-unavailable'
  /** Whose runs it takes. */
  pools: string[]
  platform?: PlatformInfo
  platformError?: string
  startedAt: string
  seenAt: string
}
