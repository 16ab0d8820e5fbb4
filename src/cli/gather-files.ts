import type { Dirent, Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { encodeBytes, type RunFile } from '@run-it/sdk'
import { didYouMean } from '../config/nearest.ts'
import { formatBytes } from '../config/units.ts'
import { CommandError, exitCodes } from './exit-code.ts'

export interface GatheredFiles {
  readonly files: readonly RunFile[]
  /** Where the paths start: absolute. */
  readonly base: string
  /** The first operand, if it is a file and not a folder: what the user wants to run. */
  readonly first?: string
  /** Links inside folders, which were left out. */
  readonly skippedLinks: number
}

export interface GatherLimits {
  readonly maxFiles: number
  readonly maxBytes: number
}

/** Folders that nobody means to send; a server would refuse their size anyway. */
const skippedFolders = new Set(['.git', 'node_modules'])
const maxDepth = 32

/**
 * Reads what the command line names: files, and folders with all that is in them. Paths are relative to the folder, or to what
 * several operands have in common. A link that is named is followed, one that is found is not: it could lead anywhere.
 */
export async function gatherFiles(
  operands: readonly string[],
  folder: string,
  limits: GatherLimits,
): Promise<GatheredFiles> {
  const roots = await Promise.all(operands.map(operand => lookAt(operand, folder)))
  const base = commonFolder(roots.map(root => (root.isFolder ? root.path : dirname(root.path))))
  const found = { paths: new Set<string>(), skippedLinks: 0 }
  for (const root of roots) {
    if (root.isFolder) await walk(root.path, 0, found, limits)
    else found.paths.add(root.path)
  }
  if (found.paths.size === 0) throw new CommandError(exitCodes.noInput, `there is no file in ${operands.join(', ')}`)
  const [first] = roots
  return {
    base,
    files: await readFiles([...found.paths], base, limits),
    skippedLinks: found.skippedLinks,
    ...(first && !first.isFolder && { first: portablePath(base, first.path) }),
  }
}

/** The file to run, as the server knows it. `--main` may be written as the shell completes it or as it stands in the folder. */
export function mainFile(gathered: GatheredFiles, folder: string, main: string | undefined): string | undefined {
  if (main === undefined) return gathered.first
  const paths = gathered.files.map(file => file.path)
  const found = [portablePath(gathered.base, resolve(folder, main)), main].find(path => paths.includes(path))
  if (found !== undefined) return found
  throw new CommandError(exitCodes.usage, `--main: ${main} is not among the files${didYouMean(main, paths)}`)
}

async function lookAt(operand: string, folder: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  const path = resolve(folder, operand)
  const stats: Stats = await stat(path).catch(error => Promise.reject(cannotRead(operand, error)))
  if (stats.isFile() || stats.isDirectory()) return { path, isFolder: stats.isDirectory() }
  throw new CommandError(exitCodes.noInput, `${operand} is neither a file nor a folder`)
}

async function walk(
  path: string,
  depth: number,
  found: { readonly paths: Set<string>; skippedLinks: number },
  limits: GatherLimits,
): Promise<void> {
  if (depth > maxDepth) throw new CommandError(exitCodes.noInput, `${path} is more than ${maxDepth} folders deep`)
  const entries: Dirent[] = await readdir(path, { withFileTypes: true }).catch(error =>
    Promise.reject(cannotRead(path, error)),
  )
  entries.sort((one, other) => (one.name < other.name ? -1 : 1))
  for (const entry of entries) {
    const entryPath = join(path, entry.name)
    if (entry.isSymbolicLink()) found.skippedLinks++
    else if (entry.isDirectory() && !skippedFolders.has(entry.name)) await walk(entryPath, depth + 1, found, limits)
    else if (entry.isFile()) found.paths.add(entryPath)
    if (found.paths.size > limits.maxFiles) {
      throw new CommandError(
        exitCodes.noInput,
        `there are more than ${limits.maxFiles} files in ${path}: name those that matter`,
      )
    }
  }
}

async function readFiles(paths: readonly string[], base: string, limits: GatherLimits): Promise<RunFile[]> {
  const files: RunFile[] = []
  let bytesLeft = limits.maxBytes
  for (const path of paths) {
    const stats = await stat(path).catch(error => Promise.reject(cannotRead(path, error)))
    // Before reading, so that a huge file costs nothing; and after, because it may have grown.
    if (stats.size > bytesLeft) throw tooLarge(limits)
    const bytes = await readFile(path).catch(error => Promise.reject(cannotRead(path, error)))
    bytesLeft -= bytes.length
    if (bytesLeft < 0) throw tooLarge(limits)
    files.push({ path: portablePath(base, path), ...encodeBytes(bytes) })
  }
  return files
}

function commonFolder(folders: readonly string[]): string {
  const [first = sep, ...others] = folders
  let parts = first.split(sep)
  for (const other of others) {
    const otherParts = other.split(sep)
    const different = parts.findIndex((part, index) => part !== otherParts[index])
    if (different >= 0) parts = parts.slice(0, different)
  }
  return parts.join(sep) || sep
}

/** Relative, and with `/` on every system. */
function portablePath(base: string, path: string): string {
  return relative(base, path).split(sep).join('/')
}

function tooLarge(limits: GatherLimits): CommandError {
  return new CommandError(exitCodes.noInput, `the files are larger than ${formatBytes(limits.maxBytes)} together`)
}

export function cannotRead(path: string, error: unknown): CommandError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = { ENOENT: 'there is no such file', EACCES: 'permission denied', EISDIR: 'it is a folder' }[code]
  const exitCode = code === 'EIO' ? exitCodes.io : exitCodes.noInput
  return new CommandError(
    exitCode,
    `cannot read ${path}: ${reason ?? (error instanceof Error ? error.message : error)}`,
  )
}
