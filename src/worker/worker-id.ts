import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Where process ids mean the same: one start of one kernel, and one of its process namespaces. Unknown: nowhere else. */
const place = placeOfProcesses()
const pattern = /-(\d+)-([0-9a-f]{8})[0-9a-f]{8}$/

/** Says where to look, and is never used twice. */
export function newWorkerId(): string {
  return `${hostname()}-${process.pid}-${place}${randomBytes(4).toString('hex')}`
}

/** True if its process was in this place, and is no more. Of others nothing can be known but their silence. */
export function isCertainlyDead(workerId: string): boolean {
  const [, processId, itsPlace] = pattern.exec(workerId) ?? []
  if (itsPlace !== place) return false
  try {
    process.kill(Number(processId), 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

function placeOfProcesses(): string {
  try {
    const names = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readlinkSync('/proc/self/ns/pid')
    return createHash('sha256').update(names).digest('hex').slice(0, 8)
  } catch {
    return randomBytes(4).toString('hex')
  }
}
