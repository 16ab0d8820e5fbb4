import type { Kysely, Transaction } from 'kysely'
import type { Hints, HintTopic } from './hints.ts'
import type { Tables } from './tables.ts'

/** A transaction, and the hints to publish once it is durable. */
export interface StoreTransaction {
  readonly rows: Transaction<Tables>
  hint(topic: HintTopic): void
}

/** The database of either shape. SQL is written once, on `rows`; what differs stays in one folder per engine. */
export interface Database {
  readonly rows: Kysely<Tables>
  readonly hints: Hints
  /** Names this installation, made once; sandboxes carry it as a label. */
  readonly installationId: string
  /** Commits when `work` resolves, rolls back when it rejects; then publishes its hints. */
  transaction<Result>(work: (transaction: StoreTransaction) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}
