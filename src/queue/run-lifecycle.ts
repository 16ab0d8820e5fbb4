import type { Batch, BatchId } from '../run/batch.ts'
import type { RunEventBody } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import { Problem } from '../run/problem.ts'
import type { Run, RunEnvironment, RunRequest } from '../run/run.ts'
import { lockBatch } from '../store/batch-end.ts'
import { findBatch, insertBatch, type NewBatch, unfinishedRuns } from '../store/batch-store.ts'
import type { Database, StoreTransaction } from '../store/database.ts'
import { deleteRun } from '../store/delete-run.ts'
import { idempotencyKeySpent, madeBefore, type OnceRequest } from '../store/idempotency.ts'
import { insertArtifacts } from '../store/insert-artifacts.ts'
import { missingEvents } from '../store/insert-events.ts'
import { type CurrentRun, changeRun, currentRun } from '../store/run-change.ts'
import { runFromNew } from '../store/run-row.ts'
import type { NewRun, RunResult, RunStore } from '../store/run-store.ts'
import { closeTerminal, forgetInputs } from '../store/terminal-store.ts'
import { dueWebhook } from '../store/webhook-store.ts'
import { Admission, type AdmissionOptions } from './admission.ts'
import { canceled, endingBeforeAttempt, isAttempted } from './attempts.ts'
import type { AttemptResult, Lease, Lifecycle } from './lifecycle.ts'
import type { Claim, Queue } from './queue.ts'

/** So many in one transaction, that everybody else has his turn in between. */
const cancelsPerTransaction = 50

/** Each method is one transaction. Inside, the row comes first and the queue's side after it. */
export class RunLifecycle implements Lifecycle {
  readonly #database: Database
  readonly #queue: Queue
  readonly #runs: RunStore
  readonly #admission: Admission
  readonly #now: () => Date

  constructor(options: AdmissionOptions & { readonly database: Database; readonly now?: () => Date }) {
    this.#database = options.database
    this.#queue = options.queue
    this.#runs = options.runs
    this.#admission = new Admission(options)
    this.#now = options.now ?? (() => new Date())
  }

  async submit(
    run: NewRun,
    once?: OnceRequest,
    { isAwaited = false }: { readonly isAwaited?: boolean } = {},
  ): Promise<Run> {
    await this.#admission.refuseWithoutRoom()
    const work = async (transaction: StoreTransaction) => {
      const before = once && (await madeBefore(once, run.id, transaction))
      if (before !== undefined) return await this.#runMadeBefore(before, transaction)
      await this.#admission.admit([run], this.#now(), transaction)
      return runFromNew(run)
    }
    // A worker may begin while the disk works: nobody was told yet of what a power cut would undo.
    const submitted = await this.#database.transaction(work, { durable: 'soon' })
    if (!isAwaited) await this.#database.settled()
    return submitted
  }

  async submitBatch(batch: NewBatch, runs: readonly NewRun[], once?: OnceRequest): Promise<Batch> {
    await this.#admission.refuseWithoutRoom()
    const work = async (transaction: StoreTransaction) => {
      const before = once && (await madeBefore(once, batch.id, transaction))
      if (before === undefined) {
        await insertBatch(batch, transaction)
        await this.#admission.admit(runs, this.#now(), transaction)
      }
      const made = await findBatch(before ?? batch.id, transaction)
      if (made === undefined) throw idempotencyKeySpent(`the batch ${before}`)
      return made
    }
    const submitted = await this.#database.transaction(work, { durable: 'soon' })
    await this.#database.settled()
    return submitted
  }

  begin(claim: Claim, workerId: string, isRepeated = false): Promise<Lease | undefined> {
    const work = async (transaction: StoreTransaction) => {
      const current = await currentRun(claim.runId, transaction)
      if (!(await this.#queue.heartbeat(claim, transaction))) return undefined
      // Whoever holds the claim has begun no attempt but the one that he was not told of.
      const isBegun = isRepeated && current?.workerId === workerId && isAttempted(current)
      const ending = current && !isBegun ? endingBeforeAttempt(current) : undefined
      if (current === undefined || current.state === 'finished' || ending !== undefined) {
        if (current !== undefined && ending !== undefined) await this.#end(current, ending, [], transaction)
        await this.#queue.complete(claim, transaction)
        return undefined
      }
      const attempt = isBegun ? current.attempt : current.attempt + 1
      if (!isBegun) await this.#begin(current, attempt, workerId, transaction)
      const run = await this.#runs.find(claim.runId, transaction)
      const attemptsLeft = attempt - current.unspentAttempts < current.maxAttempts
      return run && { claim, run, attempt, attemptsLeft }
    }
    // The sandbox is opened meanwhile. Where others go on when the database dies, no two may have begun the same attempt.
    return this.#database.transaction(work, { durable: 'soon' })
  }

  async running(lease: Lease, environment: RunEnvironment): Promise<boolean> {
    const work = (current: CurrentRun, transaction: StoreTransaction) => {
      const changed = { at: this.#now(), state: 'running', environment } as const
      return changeRun(
        current,
        { ...changed, events: current.state === 'running' ? [] : [runningEvent(lease)] },
        transaction,
      )
    }
    // A power cut that undoes the attempt makes the run be tried once more, which most may be.
    return await this.#fenced(lease, work, { durable: lease.run.maxAttempts === 1 })
  }

  append(lease: Lease, events: readonly RunEventBody[], written?: number): Promise<boolean> {
    refuseStateEvents(events)
    const work = async (current: CurrentRun, transaction: StoreTransaction) => {
      const missing = await missingOf(lease, events, written, transaction)
      if (missing.length > 0) await changeRun(current, { at: this.#now(), events: missing }, transaction)
    }
    return this.#fenced(lease, work, { durable: false })
  }

  finish(
    lease: Lease,
    { hasRun, ...result }: AttemptResult,
    events: readonly RunEventBody[],
    written?: number,
  ): Promise<boolean> {
    refuseStateEvents(events)
    return this.#fenced(lease, async (current, transaction) => {
      const missing = await missingOf(lease, events, written, transaction)
      const said = hasRun && current.state === 'preparing' ? withRunning(lease, missing) : missing
      await this.#end(current, result, said, transaction, lease.run.request)
      await this.#queue.complete(lease.claim, transaction)
    })
  }

  handBack(lease: Lease, options: { readonly spendAttempt: boolean }): Promise<boolean> {
    return this.#fenced(lease, async (current, transaction) => {
      if (current.cancelRequested) {
        await this.#end(current, canceled, [], transaction)
        await this.#queue.complete(lease.claim, transaction)
        return
      }
      const unspentAttempts = current.unspentAttempts + (options.spendAttempt ? 0 : 1)
      await this.#requeue(current, unspentAttempts, transaction)
      await this.#queue.release(lease.claim, transaction)
    })
  }

  async recover(): Promise<readonly RunId[]> {
    const queued: RunId[] = []
    for (const id of await this.#queue.lost()) {
      const work = (transaction: StoreTransaction) => this.#recoverRun(id, transaction)
      if (await this.#database.transaction(work, { durable: 'soon' })) queued.push(id)
    }
    await this.#database.settled()
    return queued
  }

  cancel(id: RunId): Promise<Run | undefined> {
    return this.#database.transaction(async transaction => {
      const current = await currentRun(id, transaction)
      if (current === undefined) return undefined
      if (current.state !== 'finished') await this.#cancelUnfinished(current, transaction)
      return this.#runs.find(id, transaction)
    })
  }

  async cancelBatch(id: BatchId): Promise<void> {
    const cancelSome = async (transaction: StoreTransaction) => {
      const ids = await unfinishedRuns(id, cancelsPerTransaction, transaction)
      for (const runId of ids) {
        const current = await currentRun(runId, transaction)
        if (current !== undefined) await this.#cancelUnfinished(current, transaction)
      }
      return ids.length
    }
    // Those that are marked, or ended, are not found again.
    while ((await this.#database.transaction(cancelSome)) === cancelsPerTransaction);
  }

  remove(id: RunId): Promise<boolean> {
    return this.#database.transaction(async transaction => {
      const current = await currentRun(id, transaction)
      if (current === undefined) return false
      if (current.state !== 'finished') {
        throw new Problem(
          'run-not-finished',
          `The run ${id} is ${current.state}. Cancel it first, or wait for its end.`,
        )
      }
      await deleteRun(current, transaction)
      return true
    })
  }

  async #runMadeBefore(id: RunId, transaction: StoreTransaction): Promise<Run> {
    const run = await this.#runs.find(id, transaction)
    if (run === undefined) throw idempotencyKeySpent(`the run ${id}`)
    return run
  }

  /** Does `work` if the lease still holds: its attempt is the run's last one, and it goes on. */
  #fenced(
    lease: Lease,
    work: (current: CurrentRun, transaction: StoreTransaction) => Promise<void>,
    options: { readonly durable: boolean } = { durable: true },
  ): Promise<boolean> {
    return this.#database.transaction(async transaction => {
      const current = await currentRun(lease.run.id, transaction)
      if (current?.attempt !== lease.attempt || !isAttempted(current)) return false
      await work(current, transaction)
      return true
    }, options)
  }

  async #begin(current: CurrentRun, attempt: number, workerId: string, transaction: StoreTransaction): Promise<void> {
    const at = this.#now()
    const events = [{ type: 'state', state: 'preparing', attempt }] as const
    const fresh = { environment: null, stages: [], startedAt: at } as const
    await changeRun(current, { at, events, state: 'preparing', attempt, workerId, ...fresh }, transaction)
    if (current.attempt > 0) await forgetInputs(current.id, transaction)
  }

  async #end(
    current: CurrentRun,
    result: RunResult,
    events: readonly RunEventBody[],
    transaction: StoreTransaction,
    /** Where it is at hand: of what the run never asked for nothing needs to be ended. */
    request?: RunRequest,
  ): Promise<void> {
    const at = this.#now()
    const finished = { type: 'finished', outcome: result.outcome } as const
    const change = { at, events: [...events, finished], state: 'finished', finishedAt: at, ...result } as const
    await changeRun(current, change, transaction)
    await dueWebhook(current.id, at, transaction)
    if (result.collected !== undefined) await insertArtifacts(current.id, result.collected, transaction)
    if (request === undefined || request.interaction !== undefined) await closeTerminal(current.id, transaction)
  }

  async #requeue(current: CurrentRun, unspentAttempts: number, transaction: StoreTransaction): Promise<void> {
    const events = [{ type: 'state', state: 'queued', attempt: current.attempt }] as const
    const change = { at: this.#now(), events, state: 'queued', workerId: null, unspentAttempts } as const
    await changeRun(current, change, transaction)
  }

  /** True if the run is back in the queue; false if its holder lives, or it needs no worker any more. */
  async #recoverRun(id: RunId, transaction: StoreTransaction): Promise<boolean> {
    const current = await currentRun(id, transaction)
    await lockBatch(current?.batchId, transaction)
    if (!(await this.#queue.recover(id, transaction))) return false
    if (current === undefined || current.state === 'finished' || current.cancelRequested) {
      if (current?.cancelRequested && current.state !== 'finished') await this.#end(current, canceled, [], transaction)
      await this.#queue.remove(id, transaction)
      return false
    }
    if (isAttempted(current)) await this.#requeue(current, current.unspentAttempts, transaction)
    return true
  }

  /** The queue knows best whether somebody holds it: a run that was just claimed has not begun, and still says `queued`. */
  async #cancelUnfinished(current: CurrentRun, transaction: StoreTransaction): Promise<void> {
    await lockBatch(current.batchId, transaction)
    if (await this.#queue.remove(current.id, transaction)) {
      await this.#end(current, canceled, [], transaction)
    } else if (!current.cancelRequested) {
      await changeRun(current, { at: this.#now(), events: [], cancelRequested: true }, transaction)
      transaction.hint(`cancel:${current.id}`)
    }
  }
}

function runningEvent({ attempt }: Lease): RunEventBody {
  return { type: 'state', state: 'running', attempt }
}

/** All progress is of the time before. */
function withRunning(lease: Lease, events: readonly RunEventBody[]): readonly RunEventBody[] {
  const place = events.findLastIndex(event => event.type === 'progress') + 1
  return events.toSpliced(place, 0, runningEvent(lease))
}

async function missingOf(
  { run, attempt }: Lease,
  events: readonly RunEventBody[],
  written: number | undefined,
  transaction: StoreTransaction,
): Promise<readonly RunEventBody[]> {
  return written === undefined ? events : await missingEvents({ runId: run.id, attempt, written }, events, transaction)
}

/** Only the lifecycle itself tells of states, so that there is exactly one end. */
function refuseStateEvents(events: readonly RunEventBody[]): void {
  const wrong = events.find(event => event.type === 'state' || event.type === 'finished')
  if (wrong !== undefined) throw new Error(`A ${wrong.type} event is made by the lifecycle, not by its users`)
}
