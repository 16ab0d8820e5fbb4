import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { summarize } from './summary.ts'

const syncSamples = 100
const blockBytes = 4096

/** Where it was measured: what someone needs to know who wants to compare. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly kernel: string
  readonly operatingSystem: string
  readonly node: string
  readonly engine: string
  readonly cgroupVersion: string
  readonly storageDriver: string
  readonly runtime: string
  /** How long the disk takes to make a block safe; the median. */
  readonly diskSyncMs: number
  /** Of the minute before: what else the machine was doing. Far from 0, the numbers are those of a busy machine. */
  readonly loadBefore: number
}

export async function describeMachine(engine: Docker, temporaryFolder: string): Promise<Machine> {
  const [version, info] = await Promise.all([engine.version(), engine.info()])
  const runtime = version.Components?.find(component => component.Name === 'runc')
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    operatingSystem: String(info.OperatingSystem),
    node: process.versions.node,
    engine: version.Version,
    cgroupVersion: String(info.CgroupVersion ?? '1'),
    storageDriver: String(info.Driver),
    runtime: runtime === undefined ? String(info.DefaultRuntime) : `runc ${runtime.Version}`,
    loadBefore: loadavg()[0] ?? 0,
    diskSyncMs: measureDiskSync(temporaryFolder),
  }
}

function measureDiskSync(folder: string): number {
  const path = join(folder, 'disk-sync')
  const file = openSync(path, 'w')
  try {
    const block = Buffer.alloc(blockBytes)
    const samples = Array.from({ length: syncSamples }, () => {
      writeSync(file, block)
      const startedAt = performance.now()
      fdatasyncSync(file)
      return performance.now() - startedAt
    })
    return summarize(samples).median
  } finally {
    closeSync(file)
    rmSync(path)
  }
}

/** Bytes that a process has in memory that nobody else has, and its share of the rest; undefined where the system does not tell. */
export function proportionalMemoryBytes(processId: number): number | undefined {
  return readKib(`/proc/${processId}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m)
}

export function residentMemoryBytes(processId: number): number | undefined {
  return readKib(`/proc/${processId}/status`, /^VmRSS:\s+(\d+) kB$/m)
}

export function peakMemoryBytes(processId: number): number | undefined {
  return readKib(`/proc/${processId}/status`, /^VmHWM:\s+(\d+) kB$/m)
}

export function parentProcess(processId: number): number | undefined {
  const found = /^PPid:\s+(\d+)$/m.exec(readText(`/proc/${processId}/status`))?.[1]
  return found === undefined ? undefined : Number(found)
}

function readKib(path: string, pattern: RegExp): number | undefined {
  const kib = pattern.exec(readText(path))?.[1]
  return kib === undefined ? undefined : Number(kib) * 1024
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
