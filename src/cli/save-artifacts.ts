import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { lstat, mkdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Run, type RunItClient, RunItConnectionError, RunItError } from '@run-it/sdk'
import { formatBytes } from '../config/units.ts'
import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import { cleanCell } from './table.ts'
import { write } from './write.ts'

export interface SaveOptions {
  /** As it was given; made where it is missing. */
  readonly out: string
  /** Files that are left alone: absolute. */
  readonly spared: ReadonlySet<string>
  readonly context: CliContext
  readonly signal?: AbortSignal
}

/**
 * Writes a run's artifacts into a folder, and tells of each on a terminal. Files that are there are replaced. Paths come from a server and from a
 * program that nobody trusts: none leads out of the folder, not through a link in it either. Goes on after a file that cannot be written, and throws
 * when there was one.
 */
export async function saveArtifacts(client: RunItClient, run: Run, options: SaveOptions): Promise<void> {
  const { context } = options
  const files = run.artifacts ?? []
  if (files.length === 0) return
  const folder = await makeFolder(resolve(context.folder, options.out), options.out)
  // By their real places, so that no link between makes them look like others.
  const spared = new Set(await Promise.all([...options.spared].map(path => realpath(path).catch(() => path))))
  let failures = 0
  for (const { path, bytes } of files) {
    try {
      const content = () => client.runs.artifactStream(run.id, path, { signal: options.signal })
      await saveFile(folder, path, spared, content)
      if (context.stderr.isTTY) await tell(context, `wrote ${join(options.out, path)} (${formatBytes(bytes)})`)
    } catch (error) {
      if (error instanceof RunItError || error instanceof RunItConnectionError || options.signal?.aborted) throw error
      failures += 1
      await tell(context, `cannot write ${join(options.out, path)}: ${reasonOf(error)}`)
    }
  }
  if (failures > 0) {
    throw new CommandError(exitCodes.cannotCreate, `${failures} of ${files.length} files could not be written`)
  }
}

async function saveFile(
  folder: string,
  path: string,
  spared: ReadonlySet<string>,
  content: () => Promise<ReadableStream<Uint8Array>>,
): Promise<void> {
  const parts = path.split('/')
  if (parts.some(isBadPart)) throw new Error('it is no path below the folder')
  const target = join(folder, ...parts)
  if (spared.has(target)) throw new Error('it is one of the files that were sent; --force replaces it')
  await makeFolders(folder, parts.slice(0, -1))
  const existing = await lstat(target).catch(ignoreMissing)
  if (existing !== undefined && !existing.isFile()) throw new Error('there is something else than a file')
  // Beside it and exclusively, then moved: nobody sees half of it, and nothing that is there is opened.
  const draft = join(dirname(target), `.run-it-${randomBytes(6).toString('hex')}`)
  try {
    await pipeline(
      Readable.fromWeb((await content()) as Parameters<typeof Readable.fromWeb>[0]),
      createWriteStream(draft, { flags: 'wx' }),
    )
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** It may be a link, for it is the user's. */
async function makeFolder(folder: string, out: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true })
    return await realpath(folder)
  } catch (error) {
    throw new CommandError(exitCodes.cannotCreate, `--out: cannot make ${out}: ${reasonOf(error)}`)
  }
}

/** A link in the folder is not followed: a program's paths lead where the user sees them. */
async function makeFolders(folder: string, parts: readonly string[]): Promise<void> {
  let path = folder
  for (const part of parts) {
    path = join(path, part)
    const existing = await lstat(path).catch(ignoreMissing)
    if (existing === undefined) await mkdir(path)
    else if (!existing.isDirectory()) throw new Error(`${path} is not a folder`)
  }
}

function isBadPart(part: string): boolean {
  const isBadOnWindows = process.platform === 'win32' && /[\\:]/.test(part)
  return part === '' || part === '.' || part === '..' || /\p{Cc}/u.test(part) || isBadOnWindows
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    ENOSPC: 'no space left',
    EROFS: 'the disk is read-only',
    ENAMETOOLONG: 'the name is too long for this system',
    EEXIST: 'there is something else than a folder',
    ENOTDIR: 'there is something else than a folder',
  }
  return known[code] ?? (error instanceof Error ? error.message : String(error))
}

function tell(context: CliContext, text: string): Promise<void> {
  return write(context.stderr, `run-it: ${cleanCell(text)}\n`)
}
