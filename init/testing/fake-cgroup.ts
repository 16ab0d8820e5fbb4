import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Where a layout has each counter; what is left out is not there. */
export interface CgroupLayout {
  readonly cpu?: string
  readonly kills?: string
  readonly peak?: string
  readonly forks?: string
}

export interface CgroupCounts {
  readonly cpuUs: number
  readonly kills: number
  readonly peakBytes: number
  readonly forks: number
}

export interface FakeCgroup extends Disposable {
  readonly path: string
  count(counts: CgroupCounts): void
}

/** A folder of files like a kernel's, which count what the test tells them. */
export function fakeCgroup(layout: CgroupLayout): FakeCgroup {
  const path = mkdtempSync(join(tmpdir(), 'run-it-cgroup-'))
  const write = (file: string | undefined, text: string) => {
    if (file === undefined) return
    mkdirSync(dirname(join(path, file)), { recursive: true })
    writeFileSync(join(path, file), text)
  }
  const count = ({ cpuUs, kills, peakBytes, forks }: CgroupCounts) => {
    const isUnified = layout.cpu?.endsWith('cpu.stat') ?? false
    write(layout.cpu, isUnified ? `usage_usec ${cpuUs}\nuser_usec 0\nsystem_usec 0\n` : `${cpuUs * 1000}\n`)
    write(layout.kills, `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n`)
    write(layout.peak, `${peakBytes}\n`)
    write(layout.forks, `max ${forks}\n`)
  }
  count({ cpuUs: 0, kills: 0, peakBytes: 1, forks: 0 })
  // mkdtemp makes a folder that only its owner may enter; the sandbox has another uid.
  chmodSync(path, 0o755)
  return {
    path,
    count,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true })
    },
  }
}
