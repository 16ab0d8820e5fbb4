import type { Kysely, Transaction } from 'kysely'
import type { RunState } from '../run/run.ts'
import type { Hints, HintTopic } from './hints.ts'
import type { Space } from './space.ts'
import type { Tables } from './tables.ts'

/** A transaction, and the hints to publish once it has committed: whoever reads what they tell of waits for the disk. */
export interface StoreTransaction {
  readonly rows: Transaction<Tables>
  hint(topic: HintTopic): void
  /** Where many transactions go on at once: for what locks rows that many want, so that they are locked for a moment only. */
  beforeCommit?(work: () => Promise<void>): void
  /** There too: until the end of the transaction no other one of the installation has its turn. For what is about to end. */
  takeTurn?(): Promise<void>
  /** There too: counts are gathered, and written as the very last act, in one order. Else they are written at once. */
  countLater?(shard: number, move: { readonly from?: RunState; readonly to?: RunState }): void
}

export interface TransactionOptions {
  /**
   * Default true: on disk when it resolves. `soon`: on its way to the disk, and `settled` says when it is there. False: it outlives the
   * end of this process by any means, and reaches the disk with the next durable transaction at the latest; a power cut before that
   * undoes it, with all that came after it. A durable transaction that rejects because the disk failed may have been made all the same,
   * as one whose answer was lost.
   */
  readonly durable?: boolean | 'soon'
}

/** The database of either shape. SQL is written once, on `rows`; what differs stays in one folder per engine. */
export interface Database {
  /**
   * For work outside a transaction. A read resolves when all durable transactions that it may have seen are on disk. To use it inside one is an error: it would wait for the
   * end of what waits for it.
   */
  readonly rows: Kysely<Tables>
  readonly hints: Hints
  /** There are other processes; whatever is held may be held by one of them, and what is not there may be written by one. */
  readonly isShared: boolean
  /** Names this installation, made once; sandboxes carry it as a label. */
  readonly installationId: string
  /**
   * Commits when `work` resolves, rolls back when it rejects; then publishes its hints. Transactions may run one at a time:
   * `work` awaits nothing but the database.
   */
  transaction<Result>(
    work: (transaction: StoreTransaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>
  /** Cheap enough to ask before every write. It may be some seconds old; `maxAgeMs` makes it younger, and dearer. */
  space(maxAgeMs?: number): Promise<Space>
  /** Where `space` may be old: that a run was deleted which took so much, or nobody knows how much. */
  noteDeleted?(bytes: number | undefined): void
  /** Gives a little of what deleted rows left back to the filesystem. */
  shrink(): Promise<void>
  /** Resolves when every durable transaction that has committed so far is on disk. */
  settled(): Promise<void>
  /** Lets the transactions that have begun end first. May be repeated. */
  close(): Promise<void>
}
