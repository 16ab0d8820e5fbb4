import { StoreError } from '../store-error.ts'

/** So long a commit that nobody waits for waits for somebody else's sync: most short runs have ended by then. */
const soonMs = 50

/**
 * Brings commits to the disk, many at once: while one sync is under way commits go on, and the next one covers them all. The event
 * loop never waits for the disk.
 */
export class CommitSync {
  readonly #sync: () => Promise<void>
  readonly #rescue: () => void
  #committed = 0
  #onDisk = 0
  #running: Promise<void> | undefined
  #soon: NodeJS.Timeout | undefined
  /** After a failed sync a later one may succeed without having written what the failed one did not. */
  #isDoubtful = false

  /**
   * `sync` makes safe all that was committed before it was called. `rescue` does so by another way than the log, for what a failed sync
   * may have lost; it throws when it cannot.
   */
  constructor(options: { readonly sync: () => Promise<void>; readonly rescue: () => void }) {
    this.#sync = options.sync
    this.#rescue = options.rescue
  }

  /** To be called after each commit that is to be durable, before anybody else can read what it wrote. Resolves when it is on disk. */
  commit(): Promise<void> {
    this.#committed += 1
    const settled = this.settled()
    // Whoever does not wait for it finds out when he waits for the next one.
    settled.catch(() => {})
    return settled
  }

  /** The same where nobody waits for it: it goes to the disk with the next commit that somebody does wait for, or by itself a moment later. */
  commitSoon(): void {
    this.#committed += 1
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.settled().catch(() => {})
    }, soonMs)
  }

  /** Resolves when every commit so far is on disk. Rejects with a `StoreError` where the rescue fails too; a later call tries again. */
  async settled(): Promise<void> {
    const wanted = this.#committed
    while (this.#onDisk < wanted) {
      this.#running ??= this.#syncOrRescue().finally(() => {
        this.#running = undefined
      })
      await this.#running
    }
  }

  /** A sync that failed is nobody's concern as long as there is another way. */
  async #syncOrRescue(): Promise<void> {
    if (!this.#isDoubtful) await this.#syncOnce().catch(() => {})
    if (this.#isDoubtful) await this.#syncOnce()
  }

  async #syncOnce(): Promise<void> {
    const covered = this.#committed
    try {
      if (this.#isDoubtful) this.#rescue()
      else await this.#sync()
    } catch (error) {
      this.#isDoubtful = true
      throw inWords(error)
    }
    this.#isDoubtful = false
    this.#onDisk = covered
  }
}

function inWords(error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error
  const isFull = 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
  return isFull
    ? new StoreError('disk-full', `There is no room left for the database: ${error.message}`, { cause: error })
    : new StoreError('input-output', `The database could not be made safe on disk: ${error.message}`, { cause: error })
}
