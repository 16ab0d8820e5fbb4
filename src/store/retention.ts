import { setTimeout as pause } from 'node:timers/promises'
import type { RunId } from '../run/id.ts'
import type { Database, StoreTransaction } from './database.ts'
import { deleteRun } from './delete-run.ts'
import { finishedRuns } from './finished-runs.ts'
import { forgetIdempotencyKeys } from './idempotency.ts'
import { currentRun } from './run-change.ts'
import type { Space } from './space.ts'

const MiB = 1024 * 1024
const tickMs = 1_000
/** Beside the rows the cap has to hold the write-ahead log, and what is written before somebody looks again. */
const reserveBytes = 32 * MiB
/** Shares of what is left of the cap. Above the first the oldest runs go until the second; above the third nothing new is taken. */
const pruneAbove = 0.85
const pruneUntil = 0.75
const refuseAbove = 0.95
/** What a filesystem keeps for the runs that were taken already. */
const spareDiskBytes = 64 * MiB
/** Smaller amounts of free pages are going to be used again anyway. */
const slackBytes = 64 * MiB
const keysPerTransaction = 500
/** Where what is there is looked at now and then only. */
const deletingMaxAgeMs = 1_000
const maxAgeMs = 60_000

export interface RetentionOptions {
  readonly database: Pick<Database, 'rows' | 'transaction' | 'space' | 'shrink' | 'noteDeleted'>
  readonly keepRunsMs: number
  readonly keepIdempotencyKeysMs: number
  readonly maxDataBytes: number
  readonly onDeleted: (runs: number, why: 'age' | 'size') => void
  readonly onError: (error: unknown) => void
  readonly now?: () => Date
}

/** Why nothing new can be taken. */
export type Shortage = 'cap' | 'disk'

/**
 * Deletes finished runs that are old, and the oldest where there are too many bytes. Each in a transaction of its own, so that
 * everybody else has his turn in between.
 */
export class Retention {
  readonly #options: RetentionOptions
  readonly #now: () => Date
  readonly #usableBytes: number
  readonly #stopped = new AbortController()
  #work: Promise<void> = Promise.resolve()
  #makingRoom: Promise<void> | undefined

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
    this.#usableBytes = options.maxDataBytes - Math.min(reserveBytes, options.maxDataBytes / 2)
  }

  start(): void {
    this.#work = this.#tickUntilStopped()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#work
    await this.#makingRoom?.catch(() => {})
  }

  /** Undefined if there is room for another run: where there is none, old ones go first. */
  async shortage(): Promise<Shortage | undefined> {
    const before = this.#shortageOf(await this.#options.database.space())
    if (before !== 'cap') return before
    this.#makingRoom ??= this.#deleteUntil(refuseAbove).finally(() => {
      this.#makingRoom = undefined
    })
    await this.#makingRoom
    return this.#shortageOf(await this.#options.database.space())
  }

  /** All that is to be done now. */
  async tick(): Promise<void> {
    await this.#deleteOld()
    // First: it needs nobody to know how much there is.
    await this.#forgetKeys()
    const { usedBytes } = await this.#options.database.space(maxAgeMs)
    if (usedBytes > pruneAbove * this.#usableBytes) await this.#deleteUntil(pruneUntil)
    await this.#shrink()
  }

  async #tickUntilStopped(): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      await this.tick().catch(this.#options.onError)
      await pause(tickMs, undefined, { signal }).catch(() => {})
    }
  }

  async #deleteOld(): Promise<void> {
    const endedBefore = new Date(this.#now().getTime() - this.#options.keepRunsMs)
    await this.#deleteWhile('age', async finishedAt => finishedAt < endedBefore)
  }

  async #deleteUntil(share: number): Promise<void> {
    // Others delete too, where there are others: who does not know of that deletes more than he must.
    const isOver = async () =>
      (await this.#options.database.space(deletingMaxAgeMs)).usedBytes > share * this.#usableBytes
    await this.#deleteWhile('size', isOver)
  }

  async #deleteWhile(why: 'age' | 'size', isDue: (finishedAt: Date) => Promise<boolean>): Promise<void> {
    const { database } = this.#options
    let deleted = 0
    try {
      for await (const { id, finishedAt, isAwaited, bytes } of finishedRuns(database)) {
        if (this.#stopped.signal.aborted || !(await isDue(finishedAt))) break
        if (isAwaited) continue
        const isDeleted = await this.#delete(id)
        if (isDeleted) deleted += 1
        // Where another process was quicker, it makes room too, and nobody here knows how much.
        if (isDeleted || why === 'size') database.noteDeleted?.(isDeleted ? bytes : undefined)
      }
    } finally {
      if (deleted > 0) this.#options.onDeleted(deleted, why)
    }
  }

  #delete(id: RunId): Promise<boolean> {
    const work = async (transaction: StoreTransaction) => {
      const current = await currentRun(id, transaction)
      if (current?.state !== 'finished') return false
      await deleteRun(current, transaction)
      return true
    }
    // What a power cut brings back is deleted again.
    return this.#options.database.transaction(work, { durable: false })
  }

  async #forgetKeys(): Promise<void> {
    const before = new Date(this.#now().getTime() - this.#options.keepIdempotencyKeysMs)
    const options = { before, limit: keysPerTransaction }
    let forgotten = keysPerTransaction
    while (forgotten >= keysPerTransaction && !this.#stopped.signal.aborted) {
      forgotten = await this.#options.database.transaction(transaction => forgetIdempotencyKeys(options, transaction), {
        durable: false,
      })
    }
  }

  /** Only a lot at once, or all that is over the cap: what a file gives back it has to ask for again. */
  async #shrink(): Promise<void> {
    const { database } = this.#options
    const isTooLarge = ({ heldBytes, usedBytes }: Space, share: number) =>
      heldBytes - usedBytes > share * Math.max(slackBytes, usedBytes) ||
      (heldBytes > this.#usableBytes && heldBytes > usedBytes)
    if (!isTooLarge(await database.space(), 1)) return
    while (!this.#stopped.signal.aborted && isTooLarge(await database.space(), 0.5)) await database.shrink()
  }

  #shortageOf({ usedBytes, heldBytes, freeBytes }: Space): Shortage | undefined {
    if (usedBytes > refuseAbove * this.#usableBytes) return 'cap'
    return freeBytes + heldBytes - usedBytes < spareDiskBytes ? 'disk' : undefined
  }
}
