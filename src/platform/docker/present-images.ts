import type { Environment } from '../../environment/environment.ts'

/** An answer of the engine's is good for so long, and asked for again in the background after the shorter time. */
const rememberMs = 60_000
const refreshMs = 10_000
/** Clients make up ranges of versions; each is an entry. */
const maxEntries = 256

export type LookForImage<Image> = (environment: Environment, signal: AbortSignal) => Promise<Image | undefined>

interface Known<Image> {
  readonly image: Image
  readonly lookedAtMs: number
  isRefreshing: boolean
}

/**
 * Which of a run's candidates has an image here. The engine is asked once and not before each run: an image whose version is an old one
 * is the last of many candidates. That something is missing is never remembered.
 */
export class PresentImages<Image> {
  readonly #look: LookForImage<Image>
  readonly #now: () => number
  readonly #known = new Map<string, Known<Image>>()

  /** `now` is in ms, and never goes back. */
  constructor(look: LookForImage<Image>, now: () => number = () => performance.now()) {
    this.#look = look
    this.#now = now
  }

  /** The first candidate's that is present. For one that is pinned to a digest the engine is asked each time: few are. */
  async first(candidates: readonly Environment[], signal: AbortSignal): Promise<Image | undefined> {
    signal.throwIfAborted()
    if (candidates.some(({ digest }) => digest !== undefined)) return await this.#firstPresent(candidates, signal)
    const key = candidates.map(({ name, version, source }) => `${name}@${version} ${source.kind}`).join(' ')
    const known = this.#known.get(key)
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : this.#now() - known.lookedAtMs
    if (known === undefined || ageMs > rememberMs) return await this.#lookAfresh(key, candidates, signal)
    if (ageMs > refreshMs) this.#refresh(key, known, candidates)
    return known.image
  }

  /** To be called when something that was remembered may be why a sandbox could not be opened. */
  forget(): void {
    this.#known.clear()
  }

  async #lookAfresh(key: string, candidates: readonly Environment[], signal: AbortSignal): Promise<Image | undefined> {
    const image = await this.#firstPresent(candidates, signal)
    if (image === undefined) this.#known.delete(key)
    else {
      if (this.#known.size >= maxEntries) this.#known.clear()
      this.#known.set(key, { image, lookedAtMs: this.#now(), isRefreshing: false })
    }
    return image
  }

  async #firstPresent(candidates: readonly Environment[], signal: AbortSignal): Promise<Image | undefined> {
    const found = await Promise.all(candidates.map(candidate => this.#look(candidate, signal)))
    return found.find(candidate => candidate !== undefined)
  }

  #refresh(key: string, known: Known<Image>, candidates: readonly Environment[]): void {
    if (known.isRefreshing) return
    known.isRefreshing = true
    // The look has a deadline of its own. When it fails, the run that comes after the answer's time asks again, and is told why.
    this.#lookAfresh(key, candidates, new AbortController().signal).catch(() => {
      known.isRefreshing = false
    })
  }
}
