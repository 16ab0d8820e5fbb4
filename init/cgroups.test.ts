import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fakeCgroup } from './testing/fake-cgroup.ts'
import { frameType, limitHit, reason } from './testing/frames.ts'
import { openSandbox } from './testing/sandbox.ts'

const MiB = 1024 * 1024

describe('layouts of cgroups', () => {
  const layouts: Record<string, Record<string, string>> = {
    v1: {
      cpu: 'cpu,cpuacct/cpuacct.usage',
      kills: 'memory/memory.oom_control',
      peak: 'memory/memory.max_usage_in_bytes',
      forks: 'pids/pids.events',
    },
    v2: { cpu: 'cpu.stat', kills: 'memory.events', peak: 'memory.peak', forks: 'pids.events' },
    hybrid: {
      cpu: 'unified/cpu.stat',
      kills: 'memory/memory.oom_control',
      peak: 'unified/memory.peak',
      forks: 'unified/pids.events',
    },
  }
  for (const [name, paths] of Object.entries(layouts)) {
    test(`what ${name} counts is what a stage used`, async () => {
      using folder = fakeCgroup(paths)
      await using sandbox = await openSandbox({ cgroupFolder: folder.path })
      sandbox.start({ argv: ['bash', '-c', 'echo begun; read line; exit 1'] })
      const ended = sandbox.end(() => {
        folder.count({ cpuUs: 7_000_000, kills: 1, peakBytes: 123_456_789, forks: 5 })
        sandbox.send(frameType.stdinEnd)
      })
      const result = await ended
      assert.equal(result.reason, reason.outOfMemory)
      assert.equal(result.limitsHit, limitHit.processes)
      assert.equal(result.memoryPeakBytes, 123_456_789n)
      // Less what init itself used meanwhile.
      assert.ok(result.cpuUs > 6_000_000n && result.cpuUs <= 7_000_000n)
    })

    test(`CPU time in ${name} ends a stage that uses too much of it`, async () => {
      using folder = fakeCgroup(paths)
      await using sandbox = await openSandbox({ cgroupFolder: folder.path })
      sandbox.start({ argv: ['bash', '-c', 'echo begun; sleep 100'], cpuMs: 5000 })
      const result = await sandbox.end(() => folder.count({ cpuUs: 7_000_000, kills: 0, peakBytes: 1, forks: 0 }))
      assert.equal(result.reason, reason.cpuLimit)
    })
  }

  test("without any, the kernel's own count of processes does", async () => {
    using folder = fakeCgroup({})
    await using sandbox = await openSandbox({ cgroupFolder: folder.path })
    const burned = await sandbox.shell('while :; do :; done', { cpuMs: 300 })
    assert.equal(burned.reason, reason.cpuLimit)
    assert.ok(burned.cpuUs >= 300_000n)
    assert.ok(burned.memoryPeakBytes > 0n && burned.memoryPeakBytes < BigInt(64 * MiB))
  })
})
