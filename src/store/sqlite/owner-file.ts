import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Who has the data directory open, for people to read. It guards nothing: the lock on the database does, which ends with its
 * process, so a file that a killed process left behind does not matter.
 */
export interface Owner {
  readonly processId: number
  readonly startedAt: string
}

const fileName = 'owner.json'

export function writeOwner(dataDirectory: string, owner: Owner): void {
  const temporary = join(dataDirectory, `${fileName}.new`)
  writeFileSync(temporary, `${JSON.stringify(owner)}\n`, { mode: 0o600 })
  renameSync(temporary, join(dataDirectory, fileName))
}

export function removeOwner(dataDirectory: string): void {
  rmSync(join(dataDirectory, fileName), { force: true })
}

/** `process 123, which started at …`, as far as it is known. */
export function describeOwner(dataDirectory: string): string {
  const owner = readOwner(dataDirectory)
  if (owner === undefined || !isAlive(owner.processId)) return 'another process'
  return `process ${owner.processId}, which started at ${owner.startedAt}`
}

function readOwner(dataDirectory: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(dataDirectory, fileName), 'utf8'))
    return isOwner(owner) ? owner : undefined
  } catch {
    return undefined
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== 'object' || value === null) return false
  if (!('processId' in value && 'startedAt' in value)) return false
  // 0 and negative ones would mean whole groups of processes.
  return Number.isSafeInteger(value.processId) && Number(value.processId) > 0 && typeof value.startedAt === 'string'
}

/** The name on a file that its new owner has not written yet is that of a dead one. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
