import type { ArtifactOmission, OmissionReason } from '../run/artifact.ts'
import { decodeBytes, type RunFile } from '../run/file.ts'
import { relativePathFault } from '../run/file-path.ts'
import { type GlobBudget, matchesAnyGlob, parseGlob } from '../run/glob.ts'
import type { Collected, CollectedFile, CollectRequest } from './platform.ts'

/** What a platform can tell of the working folder, and give from it, while no stage runs. */
export interface WorkingFolder {
  /** Tells of each regular file. False when not everything was looked into. */
  list(onFile: (file: ListedFile) => void): Promise<boolean>
  /** A file that was listed, or why there is none. Never more than `bytes`. */
  read(path: string, bytes: number): Promise<Uint8Array | 'unreadable' | 'too-large'>
}

export interface ListedFile {
  /** In whatever encoding a hostile program chose. */
  readonly path: Uint8Array
  readonly bytes: number
}

/** Files that may match before only their number is kept: more than any run may have, and few enough to hold. */
const maxCandidates = 10_000
/** What all matching together may cost: some tenths of a second at worst, and far more than an honest pattern needs. */
const matchingSteps = 20_000_000
/** Of each reason. */
const maxOmittedPaths = 10
const maxOmittedPathCharacters = 255

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossyUtf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Chooses among the files of a working folder, in the order of their paths, and fetches those that are asked for, fit, and are not just
 * what was sent. Everything that comes from the folder is taken for hostile, and checked here.
 */
export async function collectFiles(folder: WorkingFolder, request: CollectRequest): Promise<Collected> {
  const omissions = new Omissions()
  const candidates = await listCandidates(folder, request, omissions)
  const sent = new Map(request.sent.map(file => [file.path, file]))
  const files: CollectedFile[] = []
  let bytesLeft = request.maxBytes
  for (const [path, bytes] of [...candidates].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const original = sent.get(path)
    // Read before it is counted: what was only sent is no artifact, however full it is already.
    const known = original && (await readIfChanged(folder, original, bytes))
    if (known === 'unchanged') continue
    const reason = files.length >= request.maxFiles ? 'too-many' : bytes > bytesLeft ? 'too-large' : undefined
    const content = reason ?? known ?? (await folder.read(path, bytes))
    if (typeof content === 'string') {
      omissions.add(content, path)
      continue
    }
    bytesLeft -= content.length
    files.push({ path, content })
  }
  return { files, omitted: omissions.list() }
}

async function listCandidates(
  folder: WorkingFolder,
  request: CollectRequest,
  omissions: Omissions,
): Promise<ReadonlyMap<string, number>> {
  const candidates = new Map<string, number>()
  const globs = request.patterns.map(parseGlob).filter(glob => 'alternatives' in glob)
  const budget: GlobBudget = { stepsLeft: matchingSteps }
  const isComplete = await folder.list(file => {
    const shown = lossyUtf8.decode(file.path)
    if (!matchesAnyGlob(globs, shown, budget)) return
    const path = acceptablePath(file.path)
    if (path === undefined) omissions.add('name', shown)
    else if (candidates.size >= maxCandidates) omissions.add('too-many', path)
    else candidates.set(path, file.bytes)
  })
  if (!isComplete || budget.stepsLeft < 0) omissions.add('not-searched')
  return candidates
}

function acceptablePath(bytes: Uint8Array): string | undefined {
  try {
    const path = strictUtf8.decode(bytes)
    return relativePathFault(path) === undefined ? path : undefined
  } catch {
    return undefined
  }
}

/** The bytes where they had to be read to find out. */
async function readIfChanged(
  folder: WorkingFolder,
  original: RunFile,
  bytes: number,
): Promise<Uint8Array | 'unchanged' | 'unreadable' | 'too-large' | undefined> {
  const before = decodeBytes(original)
  if (bytes !== before.length) return undefined
  const now = await folder.read(original.path, bytes)
  return typeof now !== 'string' && Buffer.compare(now, before) === 0 ? 'unchanged' : now
}

/** Counts what is missing, and keeps some examples. */
class Omissions {
  readonly #byReason = new Map<OmissionReason, { files: number; readonly paths: string[] }>()

  add(reason: OmissionReason, path?: string): void {
    const entry = this.#byReason.get(reason) ?? { files: 0, paths: [] }
    this.#byReason.set(reason, entry)
    if (path === undefined) return
    entry.files += 1
    if (entry.paths.length < maxOmittedPaths) entry.paths.push(printable(path))
  }

  list(): readonly ArtifactOmission[] {
    return [...this.#byReason].map(([reason, { files, paths }]) => ({ reason, ...(files > 0 && { files }), paths }))
  }
}

function printable(path: string): string {
  return path
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '\ufffd')
    .slice(0, maxOmittedPathCharacters)
    .toWellFormed()
}
