import type { ArtifactOmission, OmissionReason } from '../run/artifact.ts'
import { decodeBytes, type RunFile } from '../run/file.ts'
import { relativePathFault } from '../run/file-path.ts'
import { type GlobBudget, matchesAnyGlob, parseGlob } from '../run/glob.ts'
import type { Collected, CollectedFile, CollectRequest } from './platform.ts'

/** What a platform can tell of the working folder, and give from it, while no stage runs. */
export interface WorkingFolder {
  /** Tells of each regular file. False when not everything was looked into. */
  list(onFile: (file: ListedFile) => void): Promise<boolean>
  /** A file that was listed, or why there is none. Never more than `bytes`. May be called again before it has answered. */
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
/** Files that are on their way at the same time. */
const askedAtOnce = 16
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
  const chosen = choose(await withoutUnchanged(folder, candidates, request.sent), request, omissions)
  const files: CollectedFile[] = []
  for (const { path, content } of await fetchAll(folder, chosen)) {
    if (typeof content === 'string') omissions.add(content, path)
    else files.push({ path, content })
  }
  return { files, omitted: omissions.list() }
}

type Candidate = readonly [path: string, bytes: number]

/** What was only sent is no artifact. Where the size differs it need not be read to know. */
async function withoutUnchanged(
  folder: WorkingFolder,
  candidates: ReadonlyMap<string, number>,
  sent: readonly RunFile[],
): Promise<readonly Candidate[]> {
  const originals = new Map(sent.filter(({ path }) => candidates.has(path)).map(file => [file.path, decodeBytes(file)]))
  const similar = [...candidates].filter(([path, bytes]) => originals.get(path)?.length === bytes)
  const left = new Map(candidates)
  for (let at = 0; at < similar.length; at += askedAtOnce) {
    for (const { path, content } of await fetchAll(folder, similar.slice(at, at + askedAtOnce))) {
      const original = originals.get(path)
      if (original && typeof content !== 'string' && Buffer.compare(content, original) === 0) left.delete(path)
    }
  }
  return [...left].sort(([one], [other]) => (one < other ? -1 : 1))
}

/** By the sizes that were told: what is read is never more. */
function choose(
  candidates: readonly Candidate[],
  { maxFiles, maxBytes }: CollectRequest,
  omissions: Omissions,
): readonly Candidate[] {
  const chosen: Candidate[] = []
  let bytesLeft = maxBytes
  for (const [path, bytes] of candidates) {
    if (chosen.length >= maxFiles) omissions.add('too-many', path)
    else if (bytes > bytesLeft) omissions.add('too-large', path)
    else {
      bytesLeft -= bytes
      chosen.push([path, bytes])
    }
  }
  return chosen
}

/** A few at once: one after the other, a hundred small files would take a hundred ways there and back. */
async function fetchAll(folder: WorkingFolder, files: readonly Candidate[]) {
  const fetched: { readonly path: string; readonly content: Uint8Array | 'unreadable' | 'too-large' }[] = []
  for (let at = 0; at < files.length; at += askedAtOnce) {
    const group = files.slice(at, at + askedAtOnce)
    const contents = group.map(async ([path, bytes]) => ({ path, content: await folder.read(path, bytes) }))
    fetched.push(...(await Promise.all(contents)))
  }
  return fetched
}

async function listCandidates(
  folder: WorkingFolder,
  request: CollectRequest,
  omissions: Omissions,
): Promise<ReadonlyMap<string, number>> {
  const candidates = new Map<string, number>()
  const sent = new Set(request.sent.map(({ path }) => path))
  const globs = request.patterns.map(parseGlob).filter(glob => 'alternatives' in glob)
  const budget: GlobBudget = { stepsLeft: matchingSteps }
  const isComplete = await folder.list(file => {
    const shown = lossyUtf8.decode(file.path)
    if (!matchesAnyGlob(globs, shown, budget)) return
    const path = acceptablePath(file.path)
    if (path === undefined) omissions.add('name', shown)
    else if (candidates.size >= maxCandidates && !sent.has(path)) omissions.add('too-many', path)
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
