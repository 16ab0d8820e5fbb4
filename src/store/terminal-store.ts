import type { Selectable } from 'kysely'
import type { RunId } from '../run/id.ts'
import { isRunInput, type RunInput } from '../run/terminal.ts'
import type { Database, StoreTransaction } from './database.ts'
import type { RunInputsTable } from './tables.ts'

/** A writer that says nothing for so long has gone, and another one may have its place. */
export const writerTimeoutMs = 15_000
/** What may wait for the worker, of one run. */
export const maxPendingBytes = 256 * 1024
/** What an input costs besides its bytes, so that a million signals are not free. */
const inputCostBytes = 64
/** Bounds one look of the worker's. */
const inputsPerTake = 256

/** `full`: later, once the worker took some. `over`: the run has ended, or never was interactive. */
export type AppendResult = 'appended' | 'full' | 'not-writer' | 'over'

/**
 * What is typed into interactive runs, in order, from whoever writes to whoever runs it. One writes at a time. An input is taken
 * once: whoever dies with it in hand takes it along, so that nothing is ever typed twice.
 */
export class TerminalStore {
  readonly #database: Database
  readonly #now: () => Date

  constructor(database: Database, options: { readonly now?: () => Date } = {}) {
    this.#database = database
    this.#now = options.now ?? (() => new Date())
  }

  /** Makes whoever the token names the writer, or lets him stay it: to be repeated well within `writerTimeoutMs`. */
  async hold(runId: RunId, token: string): Promise<boolean> {
    const now = this.#now().getTime()
    const held = await this.#database.rows
      .updateTable('run_terminals')
      .set({ writer: token, writer_seen_at: now })
      .where('run_id', '=', runId)
      .where(row =>
        row.or([
          row('writer', 'is', null),
          row('writer', '=', token),
          row('writer_seen_at', '<', now - writerTimeoutMs),
        ]),
      )
      .executeTakeFirst()
    return held.numUpdatedRows > 0n
  }

  /** Nothing happens if the token is not the writer's. */
  async release(runId: RunId, token: string): Promise<void> {
    const work = async (transaction: StoreTransaction) => {
      await transaction.rows
        .updateTable('run_terminals')
        .set({ writer: null, writer_seen_at: null })
        .where('run_id', '=', runId)
        .where('writer', '=', token)
        .execute()
      transaction.hint(`writer:${runId}`)
    }
    await this.#database.transaction(work, { durable: false })
  }

  append(runId: RunId, token: string, input: RunInput): Promise<AppendResult> {
    const work = async (transaction: StoreTransaction) => {
      const terminal = await transaction.rows
        .selectFrom('run_terminals')
        .select(['last_sequence', 'pending_bytes', 'writer'])
        .where('run_id', '=', runId)
        .forUpdate()
        .executeTakeFirst()
      if (terminal === undefined) return 'over'
      if (terminal.writer !== token) return 'not-writer'
      const pendingBytes = terminal.pending_bytes + cost(input)
      if (pendingBytes > maxPendingBytes) return 'full'
      const sequence = terminal.last_sequence + 1
      await transaction.rows
        .insertInto('run_inputs')
        .values({ run_id: runId, sequence, ...columns(input) })
        .execute()
      await setTerminal(runId, { last_sequence: sequence, pending_bytes: pendingBytes }, transaction)
      transaction.hint(`input:${runId}`)
      return 'appended'
    }
    return this.#database.transaction(work, { durable: false })
  }

  /** Takes what is there, for the attempt that runs now; an earlier one gets nothing. */
  take(runId: RunId, attempt: number): Promise<readonly RunInput[]> {
    const work = async (transaction: StoreTransaction) => {
      const { rows } = transaction
      // Nobody types, and no other attempt begins, until these are taken.
      await rows.selectFrom('run_terminals').select('run_id').where('run_id', '=', runId).forUpdate().execute()
      const found = await rows
        .selectFrom('run_inputs')
        .innerJoin('runs', 'runs.id', 'run_inputs.run_id')
        .innerJoin('run_terminals', 'run_terminals.run_id', 'run_inputs.run_id')
        .selectAll('run_inputs')
        .select('run_terminals.pending_bytes')
        .where('run_inputs.run_id', '=', runId)
        .where('runs.attempt', '=', attempt)
        .orderBy('run_inputs.sequence')
        .limit(inputsPerTake)
        .execute()
      const last = found.at(-1)
      if (last === undefined) return []
      const inputs = found.map(inputFromRow)
      await transaction.rows
        .deleteFrom('run_inputs')
        .where('run_id', '=', runId)
        .where('sequence', '<=', last.sequence)
        .execute()
      const takenBytes = inputs.reduce((sum, input) => sum + cost(input), 0)
      await setTerminal(runId, { pending_bytes: last.pending_bytes - takenBytes }, transaction)
      transaction.hint(`taken:${runId}`)
      return inputs.filter(isRunInput)
    }
    return this.#database.transaction(work, { durable: false })
  }
}

/** When an interactive run is made. */
export async function openTerminal(runId: RunId, transaction: StoreTransaction): Promise<void> {
  await transaction.rows
    .insertInto('run_terminals')
    .values({ run_id: runId, last_sequence: 0, pending_bytes: 0 })
    .execute()
}

/** What was typed for one attempt is not for the next. */
export async function forgetInputs(runId: RunId, transaction: StoreTransaction): Promise<void> {
  await setTerminal(runId, { pending_bytes: 0 }, transaction)
  await transaction.rows.deleteFrom('run_inputs').where('run_id', '=', runId).execute()
}

/** When a run ends. Nothing happens to one that has none. */
export async function closeTerminal(runId: RunId, transaction: StoreTransaction): Promise<void> {
  // The inputs go with it.
  await transaction.rows.deleteFrom('run_terminals').where('run_id', '=', runId).execute()
}

async function setTerminal(
  runId: RunId,
  columns: { readonly pending_bytes: number; readonly last_sequence?: number },
  transaction: StoreTransaction,
): Promise<void> {
  await transaction.rows.updateTable('run_terminals').set(columns).where('run_id', '=', runId).execute()
}

function cost(input: RunInput): number {
  return inputCostBytes + (input.type === 'stdin' ? input.bytes.length : 0)
}

/** Bytes stand in a column of their own, all else as JSON. */
function columns(input: RunInput): Pick<RunInputsTable, 'data' | 'bytes'> {
  return input.type === 'stdin' ? { data: null, bytes: input.bytes } : { data: JSON.stringify(input), bytes: null }
}

function inputFromRow({ data, bytes }: Pick<Selectable<RunInputsTable>, 'data' | 'bytes'>): RunInput {
  if (data !== null) return JSON.parse(data)
  if (bytes === null) throw new Error('An input without its bytes')
  return { type: 'stdin', bytes }
}
