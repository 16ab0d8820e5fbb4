import { readdir } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import type { Meter } from '@opentelemetry/api'
import { observable } from './instruments.ts'

/** What the operating system and the runtime say of this process. Nothing is done until somebody asks. */
export function observeProcess(meter: Meter): void {
  const startedAt = Date.now() / 1000 - process.uptime()
  observable(meter, 'processCpu').addCallback(result => {
    const { user, system } = process.cpuUsage()
    result.observe((user + system) / 1e6)
  })
  observable(meter, 'processStart').addCallback(result => result.observe(startedAt))
  const [memory, heap] = [observable(meter, 'processMemory'), observable(meter, 'heapUsed')]
  meter.addBatchObservableCallback(
    result => {
      const { rss, heapUsed } = process.memoryUsage()
      result.observe(memory, rss)
      result.observe(heap, heapUsed)
    },
    [memory, heap],
  )
  observable(meter, 'processFiles').addCallback(async result => {
    // Linux alone tells.
    const files = await readdir('/proc/self/fd').catch(() => undefined)
    if (files !== undefined) result.observe(files.length)
  })
  let seen = performance.eventLoopUtilization()
  observable(meter, 'eventLoop').addCallback(result => {
    const now = performance.eventLoopUtilization()
    result.observe(performance.eventLoopUtilization(now, seen).utilization)
    seen = now
  })
}
