import type { Limits } from '../run/limits.ts'
import type { Settings } from './settings.ts'

/** The most that a run may ask for. */
export function ceilingsOf(settings: Settings): Limits {
  return {
    wallTimeMs: settings.maxWallTimeMs,
    cpuTimeMs: settings.maxCpuTimeMs,
    memoryBytes: settings.maxMemoryBytes,
    processes: settings.maxProcesses,
    openFiles: settings.maxOpenFiles,
    diskBytes: settings.maxDiskBytes,
    outputBytes: settings.maxOutputBytes,
  }
}
