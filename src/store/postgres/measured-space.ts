import type { Kysely } from 'kysely'
import type { Space } from '../space.ts'
import type { Tables } from '../tables.ts'
import { type EndPlace, readLiveBytes, sizeRuns } from './live-bytes.ts'

const refreshMs = 5_000
/** Of what a look took, it rests before the next one, so that a database with very many runs is not busy with being measured. */
const restFactor = 50
/** So long a look notes what runs take; the rest is for the next one. */
const sizingMs = 500
/** A run's end may become visible after a later one's: other machines' clocks differ, and transactions take their time. */
const lateMs = 60_000

const beginning: EndPlace = { finishedAt: 0, id: '' }

/** What the rows take in a shared database, as of some seconds ago: looked at in the background, while somebody asks. */
export class MeasuredSpace {
  readonly #rows: () => Kysely<Tables>
  #usedBytes = 0
  #measuredMs = Number.NEGATIVE_INFINITY
  #restMs = refreshMs
  /** Since the last look, by this process. */
  #deletedBytes = 0
  #measuring: Promise<void> | undefined
  #place = beginning

  constructor(rows: () => Kysely<Tables>) {
    this.#rows = rows
  }

  /**
   * Waits for a look only where there was none within `maxAgeMs`, and then rejects where that one does. Whoever does not ask for that is in nobody's way
   * where nothing can be measured.
   */
  async read(maxAgeMs?: number): Promise<Space> {
    const ageMs = performance.now() - this.#measuredMs
    if (maxAgeMs !== undefined && ageMs > maxAgeMs) await this.#measureOnce()
    else if (maxAgeMs === undefined && ageMs > this.#restMs) await this.#measureUnlessKnown()
    const usedBytes = Math.max(0, this.#usedBytes - this.#deletedBytes)
    // What deleted rows left is for vacuum to give back, and the disk is the database server's.
    return { usedBytes, heldBytes: usedBytes, freeBytes: Number.POSITIVE_INFINITY }
  }

  /** Before the next look tells. Where nobody knows how much, the next one who asks looks. */
  deleted(bytes: number | undefined): void {
    if (bytes === undefined) this.#measuredMs = Number.NEGATIVE_INFINITY
    else this.#deletedBytes += bytes
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
    await this.#sizeMore(rows, beganMs + sizingMs)
    const deletedBytes = this.#deletedBytes
    this.#usedBytes = await readLiveBytes(rows)
    this.#deletedBytes -= deletedBytes
    this.#measuredMs = performance.now()
    this.#restMs = Math.max(refreshMs, (this.#measuredMs - beganMs) * restFactor)
  }

  async #sizeMore(rows: Kysely<Tables>, deadlineMs: number): Promise<void> {
    while (performance.now() < deadlineMs) {
      const next = await sizeRuns(rows, this.#place)
      if (next === undefined) {
        const recent = { finishedAt: Date.now() - lateMs, id: '' }
        if (recent.finishedAt > this.#place.finishedAt) this.#place = recent
        return
      }
      this.#place = next
    }
  }
}
