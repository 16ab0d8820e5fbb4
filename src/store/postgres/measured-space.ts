import type { Kysely } from 'kysely'
import type { Space } from '../space.ts'
import type { Tables } from '../tables.ts'
import { type EndPlace, endsAfter, noteSizes, readLiveBytes } from './live-bytes.ts'

const refreshMs = 5_000
/** Of what a look took, it rests before the next one, so that a database with very many runs is not busy with being measured. */
const restFactor = 50
/** So long a look notes what runs take; the rest is for the next one. */
const sizingMs = 500
const runsPerPage = 200
/** A run's end may become visible after a later one's: other machines' clocks differ, and transactions take their time. */
const lateMs = 60_000

/** Of a look that was, and is older than anybody takes. */
const outdatedMs = -Number.MAX_VALUE

const beginning: EndPlace = { finishedAt: 0, id: '' }

/** What the rows take in a shared database, as of some seconds ago: looked at in the background, while somebody asks. */
export class MeasuredSpace {
  readonly #rows: () => Kysely<Tables>
  #usedBytes = 0
  #measuredMs = Number.NEGATIVE_INFINITY
  /** When the last look ended, and what came of it where it failed. */
  #lookedMs = Number.NEGATIVE_INFINITY
  #failure: unknown
  #restMs = refreshMs
  /** Since the last look, by this process. */
  #deletedBytes = 0
  #measuring: Promise<void> | undefined
  #place = beginning
  /** Fewer after those whose events were too many to be looked at in time. */
  #runsPerPage = runsPerPage

  constructor(rows: () => Kysely<Tables>) {
    this.#rows = rows
  }

  /**
   * Waits for a look only where there was none within `maxAgeMs`, and then rejects where that one does. Whoever does not ask for that is in nobody's way
   * where nothing can be measured.
   */
  async read(maxAgeMs?: number): Promise<Space> {
    const now = performance.now()
    const isRested = now - this.#lookedMs > this.#restMs
    if (maxAgeMs === undefined) {
      if (isRested) await this.#measureUnlessKnown()
    } else if (now - this.#measuredMs > maxAgeMs) {
      if (this.#failure !== undefined && !isRested) throw this.#failure
      await this.#measureOnce()
    }
    const usedBytes = Math.max(0, this.#usedBytes - this.#deletedBytes)
    // What deleted rows left is for vacuum to give back, and the disk is the database server's.
    return { usedBytes, heldBytes: usedBytes, freeBytes: Number.POSITIVE_INFINITY }
  }

  /** Before the next look tells. Where nobody knows how much, whoever must know looks again, and nobody else waits for that. */
  deleted(bytes: number | undefined): void {
    if (bytes !== undefined) this.#deletedBytes += bytes
    else if (this.#measuredMs !== Number.NEGATIVE_INFINITY) this.#measuredMs = outdatedMs
  }

  /** Resolves when nothing is being looked at. */
  async settled(): Promise<void> {
    await this.#measuring?.catch(() => {})
  }

  async #measureUnlessKnown(): Promise<void> {
    const measuring = this.#measureOnce().catch(() => {})
    if (this.#measuredMs === Number.NEGATIVE_INFINITY) await measuring
  }

  #measureOnce(): Promise<void> {
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = undefined
    })
    return this.#measuring
  }

  async #measure(): Promise<void> {
    const beganMs = performance.now()
    const rows = this.#rows()
    try {
      await this.#sizeMore(rows, beganMs + sizingMs)
      const deletedBytes = this.#deletedBytes
      this.#usedBytes = await readLiveBytes(rows)
      this.#deletedBytes -= deletedBytes
      this.#measuredMs = performance.now()
      this.#failure = undefined
    } catch (error) {
      this.#failure = error
      throw error
    } finally {
      this.#lookedMs = performance.now()
      this.#restMs = Math.max(refreshMs, (this.#lookedMs - beganMs) * restFactor)
    }
  }

  async #sizeMore(rows: Kysely<Tables>, deadlineMs: number): Promise<void> {
    while (performance.now() < deadlineMs) {
      const page = await endsAfter(rows, this.#place, this.#runsPerPage)
      const ids = page.filter(({ isNoted }) => !isNoted).map(({ id }) => id)
      if (ids.length > 0 && !(await this.#note(rows, ids))) return
      if (page.length < this.#runsPerPage) {
        const recent = { finishedAt: Date.now() - lateMs, id: '' }
        if (recent.finishedAt > this.#place.finishedAt) this.#place = recent
        return
      }
      this.#place = page.at(-1) ?? this.#place
    }
  }

  /** False where fewer are to be tried the next time. A run whose own size is not to be had counts as the others do. */
  async #note(rows: Kysely<Tables>, ids: readonly string[]): Promise<boolean> {
    try {
      await noteSizes(rows, ids)
      this.#runsPerPage = Math.min(runsPerPage, this.#runsPerPage * 2)
      return true
    } catch {
      // Where it was the database, the look itself fails next, and tells.
      const isOne = ids.length === 1
      this.#runsPerPage = Math.max(1, Math.floor(ids.length / 2))
      return isOne
    }
  }
}
