import type { Selectable } from 'kysely'
import type { KeyId } from '../run/key.ts'
import {
  maxOpenOperations,
  newOperationId,
  type Operation,
  type OperationEvent,
  type OperationEventBody,
  type OperationId,
  type OperationOutcome,
} from '../run/operation.ts'
import type { Database, StoreTransaction } from './database.ts'
import type { OperationsTable } from './installation-tables.ts'

/** What an operation says beyond it is dropped: a build can print without end. */
const maxEvents = 2_000
/** Finished ones are kept so long, and at most so many of them. */
const keepMs = 7 * 24 * 60 * 60 * 1000
const keepCount = 1_000

/** One attempt of one worker at one operation; `attempt` fences what it writes. */
export interface OperationLease {
  readonly operation: Operation
  readonly attempt: number
}

/** The operations, what they told, and who works on them. */
export class OperationStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Where one for the same environment has not finished, it is that one. Undefined where there are too many. */
  create(asked: {
    readonly environment: string
    readonly keyId?: KeyId
    readonly now: Date
  }): Promise<Operation | undefined> {
    return this.#database.transaction(async transaction => {
      const { rows } = transaction
      const open = await rows
        .selectFrom('operations')
        .selectAll()
        .where('finished_at', 'is', null)
        .orderBy('id')
        .limit(maxOpenOperations)
        .execute()
      const same = open.find(row => row.environment === asked.environment)
      if (same !== undefined) return operationFromRow(same)
      if (open.length === maxOpenOperations) return undefined
      await forgetOld(asked.now, transaction)
      const row = newRow(asked)
      await rows.insertInto('operations').values(row).execute()
      await addEvent(row.id as OperationId, 1, { type: 'state', state: 'queued' }, asked.now, transaction)
      transaction.hint('operation')
      return operationFromRow(row)
    })
  }

  async find(id: OperationId): Promise<Operation | undefined> {
    const row = await this.#database.rows.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst()
    return row && operationFromRow(row)
  }

  async events(
    id: OperationId,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly OperationEvent[]> {
    const found = await this.#database.rows
      .selectFrom('operation_events')
      .selectAll()
      .where('operation_id', '=', id)
      .where('sequence', '>', page.after)
      .orderBy('sequence')
      .limit(page.limit)
      .execute()
    return found.map(({ sequence, at, body }) => ({ ...JSON.parse(body), sequence, at: new Date(at) }))
  }

  /** Takes the oldest that waits, or whose worker was not heard of since. */
  claim(workerId: string, now: Date, lostBefore: Date): Promise<OperationLease | undefined> {
    return this.#database.transaction(async transaction => {
      const row = await transaction.rows
        .selectFrom('operations')
        .selectAll()
        .where('finished_at', 'is', null)
        .where(expression =>
          expression.or([expression('state', '=', 'queued'), expression('seen_at', '<', lostBefore.getTime())]),
        )
        .orderBy('id')
        .limit(1)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const attempt = row.attempt + 1
      const begun = { state: 'running', attempt, worker_id: workerId, started_at: now.getTime() } as const
      const updated = await transaction.rows
        .updateTable('operations')
        .set({ ...begun, seen_at: now.getTime(), last_sequence: row.last_sequence + 1 })
        .where('id', '=', row.id)
        // Another worker may have read the same row.
        .where('attempt', '=', row.attempt)
        .executeTakeFirst()
      if (updated.numUpdatedRows === 0n) return undefined
      const event = { type: 'state', state: 'running' } as const
      await addEvent(row.id as OperationId, row.last_sequence + 1, event, now, transaction)
      return { operation: operationFromRow({ ...row, ...begun }), attempt }
    })
  }

  /** Says that the attempt goes on, and what it has to tell. False where it is somebody else's by now. */
  append(lease: OperationLease, bodies: readonly OperationEventBody[], now: Date): Promise<boolean> {
    return this.#database.transaction(
      transaction => write(lease, bodies, { seen_at: now.getTime() }, now, transaction),
      { durable: false },
    )
  }

  finish(lease: OperationLease, outcome: OperationOutcome, now: Date): Promise<boolean> {
    const ended = { state: 'finished', outcome: JSON.stringify(outcome), finished_at: now.getTime() } as const
    return this.#database.transaction(transaction => write(lease, [{ type: 'finished' }], ended, now, transaction))
  }

  /** The worker ends, and the operation waits for another one. */
  handBack(lease: OperationLease, now: Date): Promise<boolean> {
    const event = { type: 'state', state: 'queued' } as const
    return this.#database.transaction(async transaction => {
      transaction.hint('operation')
      return await write(lease, [event], { state: 'queued', worker_id: null }, now, transaction)
    })
  }

  /** Lets those wait again whose worker is dead. To be called when a process starts that knows that it is alone. */
  async recover(): Promise<void> {
    await this.#database.transaction(({ rows }) =>
      rows.updateTable('operations').set({ seen_at: 0 }).where('state', '=', 'running').execute(),
    )
  }
}

async function write(
  { operation, attempt }: OperationLease,
  bodies: readonly OperationEventBody[],
  changes: Partial<OperationsTable>,
  now: Date,
  transaction: StoreTransaction,
): Promise<boolean> {
  const { rows } = transaction
  const row = await rows
    .selectFrom('operations')
    .select('last_sequence')
    .where('id', '=', operation.id)
    .where('attempt', '=', attempt)
    .where('state', '=', 'running')
    .executeTakeFirst()
  if (row === undefined) return false
  const kept = bodies.filter((body, index) => body.type !== 'progress' || row.last_sequence + index < maxEvents)
  await rows
    .updateTable('operations')
    .set({ ...changes, last_sequence: row.last_sequence + kept.length })
    .where('id', '=', operation.id)
    .execute()
  for (const [index, body] of kept.entries()) {
    await addEvent(operation.id, row.last_sequence + index + 1, body, now, transaction)
  }
  transaction.hint(`operation:${operation.id}`)
  return true
}

async function addEvent(
  id: OperationId,
  sequence: number,
  body: OperationEventBody,
  now: Date,
  { rows }: StoreTransaction,
): Promise<void> {
  const values = { operation_id: id, sequence, at: now.getTime(), body: JSON.stringify(body) }
  await rows.insertInto('operation_events').values(values).execute()
}

async function forgetOld(now: Date, { rows }: StoreTransaction): Promise<void> {
  const last = await rows
    .selectFrom('operations')
    .select('id')
    .where('state', '=', 'finished')
    .orderBy('id', 'desc')
    .offset(keepCount - 1)
    .limit(1)
    .executeTakeFirst()
  await rows
    .deleteFrom('operations')
    .where('state', '=', 'finished')
    .where(expression =>
      expression.or([
        expression('finished_at', '<', now.getTime() - keepMs),
        ...(last === undefined ? [] : [expression('id', '<=', last.id)]),
      ]),
    )
    .execute()
}

function newRow(asked: {
  readonly environment: string
  readonly keyId?: KeyId
  readonly now: Date
}): Selectable<OperationsTable> {
  const nothing = { outcome: null, worker_id: null, started_at: null, seen_at: null, finished_at: null }
  return {
    id: newOperationId(),
    environment: asked.environment,
    key_id: asked.keyId ?? null,
    state: 'queued',
    attempt: 0,
    last_sequence: 1,
    created_at: asked.now.getTime(),
    ...nothing,
  }
}

function operationFromRow(row: Selectable<OperationsTable>): Operation {
  return {
    id: row.id as OperationId,
    kind: 'pull',
    environment: row.environment,
    state: row.state,
    ...(row.outcome !== null && { outcome: JSON.parse(row.outcome) }),
    ...(row.key_id !== null && { keyId: row.key_id as KeyId }),
    createdAt: new Date(row.created_at),
    ...(row.started_at !== null && { startedAt: new Date(row.started_at) }),
    ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  }
}
