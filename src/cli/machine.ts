import { constants } from 'node:fs'
import { access, readFile, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { Diagnosis } from '../platform/diagnosis.ts'

const mebibyte = 1024 ** 2
/** Below the first a busy server fills the disk within hours, below the second it may be full at any moment. */
const enoughBytes = 2048 * mebibyte
const fewBytes = 128 * mebibyte

/** What a process needs of this machine, whatever its engine: Node, and a data directory. */
export async function diagnoseMachine(settings: Settings): Promise<readonly Diagnosis[]> {
  const directory = await diagnoseDataDirectory(settings.dataDirectory)
  return [diagnoseNode(process.versions.node), ...directory]
}

export function diagnoseNode(version: string): Diagnosis {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const detail = `${version} (${process.execPath})`
  if (major > 24 || (major === 24 && minor >= 9)) return { check: 'node', status: 'ok', detail }
  const remedy = 'Start run-it with ./run-it, which brings its own Node, or install Node 24.9 or later.'
  return { check: 'node', status: 'failed', detail, remedy }
}

async function diagnoseDataDirectory(folder: string): Promise<readonly Diagnosis[]> {
  const check = 'data directory'
  const existing = await nearestExisting(folder)
  try {
    await access(existing, constants.W_OK | constants.X_OK)
  } catch {
    const detail = `${folder} cannot be ${existing === folder ? 'written' : 'made'} by this user`
    const remedy = 'Choose another one (RUN_IT_DATA_DIRECTORY), or give this user access to it.'
    return [{ check, status: 'failed', detail, remedy }]
  }
  const owner = await readOwner(folder)
  const use = owner === undefined ? '' : `, in use by process ${owner}`
  const state = existing === folder ? 'can be written' : 'will be made by the first server'
  return [{ check, status: 'ok', detail: `${folder} ${state}${use}` }, await diagnoseDisk(folder, existing)]
}

async function diagnoseDisk(folder: string, existing: string): Promise<Diagnosis> {
  const disk = await statfs(existing)
  const freeBytes = disk.bavail * disk.bsize
  const detail = `${Math.floor(freeBytes / mebibyte)} MiB free for runs and their output in ${folder}`
  if (freeBytes >= enoughBytes) return { check: 'data disk', status: 'ok', detail }
  const remedy = 'Make room on that disk, or choose another data directory (RUN_IT_DATA_DIRECTORY).'
  return { check: 'data disk', status: freeBytes < fewBytes ? 'failed' : 'warning', detail, remedy }
}

async function nearestExisting(folder: string): Promise<string> {
  const exists = await access(folder).then(
    () => true,
    () => false,
  )
  return exists || dirname(folder) === folder ? folder : nearestExisting(dirname(folder))
}

/** The note of the process that has the data directory open. A process that was killed left its note behind. */
async function readOwner(folder: string): Promise<number | undefined> {
  try {
    const { processId } = JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8')) as { processId?: unknown }
    if (typeof processId !== 'number') return undefined
    process.kill(processId, 0)
    return processId
  } catch {
    return undefined
  }
}
