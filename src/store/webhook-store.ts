import type { RunId } from '../run/id.ts'
import type { Webhook, WebhookState } from '../run/webhook.ts'
import type { Database, StoreTransaction } from './database.ts'
import { type Place, prepare } from './prepared.ts'

/** One attempt that somebody is making. Until `leasedUntil` nobody else makes the next one. */
export interface WebhookClaim {
  readonly runId: RunId
  readonly url: string
  readonly host: string
  readonly secret?: string
  /** Its number, the first being 1. It fences what is recorded. */
  readonly attempt: number
}

/** What became of one attempt: a status, or an error where no answer came. */
export interface WebhookAttempt {
  readonly at: Date
  readonly durationMs: number
  readonly status?: number
  readonly error?: string
}

export interface WebhookLog {
  readonly url: string
  readonly state: WebhookState
  readonly nextAttemptAt?: Date
  readonly deliveries: readonly (WebhookAttempt & { readonly number: number })[]
}

/** For the transaction that inserts the run. */
export async function insertWebhook(id: RunId, webhook: Webhook, { rows }: StoreTransaction): Promise<void> {
  const { url, host, secret = null } = webhook
  const start = { state: 'waiting', attempts: 0, leased: 0, next_attempt_at: null } as const
  await rows
    .insertInto('webhooks')
    .values({ run_id: id, url, host, secret, ...start })
    .execute()
}

const makeDue = prepare((rows, value: Place<{ id: RunId; at: number }>) =>
  rows
    .updateTable('webhooks')
    .set({ state: 'pending', next_attempt_at: value('at') })
    .where('run_id', '=', value('id'))
    .where('state', '=', 'waiting')
    .returning('run_id'),
)

/** For the transaction that ends the run: from now on it is to be delivered, if there is one. */
export async function dueWebhook(id: RunId, at: Date, transaction: StoreTransaction): Promise<void> {
  const due = await makeDue(transaction.rows, { id, at: at.getTime() })
  if (due.length > 0) transaction.hint('webhook')
}

/** The webhooks of finished runs, and what became of each attempt. */
export class WebhookStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Takes the one that has been due for longest, of no host among `busyHosts`. It is due again when the lease ends: whoever dies with a claim
   * delays it.
   */
  claim(options: {
    readonly now: Date
    readonly leaseMs: number
    readonly busyHosts: readonly string[]
  }): Promise<WebhookClaim | undefined> {
    // A power cut that undoes it also forgets the number, and the attempt is made again.
    return this.#database.transaction(transaction => claimDue(options, transaction), { durable: false })
  }

  /** When the next one is due, of no host among `busyHosts`. */
  async nextDue(busyHosts: readonly string[]): Promise<Date | undefined> {
    const row = await dueRows(this.#database.rows, busyHosts).select('next_attempt_at').executeTakeFirst()
    return row?.next_attempt_at == null ? undefined : new Date(row.next_attempt_at)
  }

  /**
   * Records what became of a claim's attempt, and what follows: the time of the next attempt, or the end. False if somebody else has made
   * a later attempt, or the run is gone. What has ended needs its secret no more.
   */
  record(claim: WebhookClaim, attempt: WebhookAttempt, next: Date | 'delivered' | 'failed'): Promise<boolean> {
    const work = async ({ rows }: StoreTransaction) => {
      const ended = !(next instanceof Date)
      const updated = await rows
        .updateTable('webhooks')
        .set({
          leased: 0,
          next_attempt_at: ended ? null : next.getTime(),
          ...(ended && { state: next, secret: null }),
        })
        .where('run_id', '=', claim.runId)
        .where('attempts', '=', claim.attempt)
        .where('state', '=', 'pending')
        .executeTakeFirst()
      if (updated.numUpdatedRows === 0n) return false
      const { at, durationMs, status = null, error = null } = attempt
      await rows
        .insertInto('webhook_deliveries')
        .values({
          run_id: claim.runId,
          number: claim.attempt,
          at: at.getTime(),
          duration_ms: durationMs,
          status,
          error,
        })
        .execute()
      return true
    }
    return this.#database.transaction(work)
  }

  /** Makes claims of dead holders due at once. To be called when a process starts that knows that it is alone. */
  async recover(now: Date): Promise<void> {
    await this.#database.transaction(({ rows }) =>
      rows
        .updateTable('webhooks')
        .set({ leased: 0, next_attempt_at: now.getTime() })
        .where('next_attempt_at', 'is not', null)
        .where('leased', '=', 1)
        .execute(),
    )
  }

  /** Undefined if the run has no webhook. As many deliveries as there were attempts, which is bounded. */
  async log(id: RunId): Promise<WebhookLog | undefined> {
    const { rows } = this.#database
    const webhook = await rows.selectFrom('webhooks').selectAll().where('run_id', '=', id).executeTakeFirst()
    if (webhook === undefined) return undefined
    const found = await rows
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('run_id', '=', id)
      .orderBy('number')
      .execute()
    return {
      url: webhook.url,
      state: webhook.state,
      ...(webhook.next_attempt_at !== null && { nextAttemptAt: new Date(webhook.next_attempt_at) }),
      deliveries: found.map(row => ({
        number: row.number,
        at: new Date(row.at),
        durationMs: row.duration_ms,
        ...(row.status !== null && { status: row.status }),
        ...(row.error !== null && { error: row.error }),
      })),
    }
  }
}

export async function claimDue(
  options: { readonly now: Date; readonly leaseMs: number; readonly busyHosts: readonly string[] },
  { rows }: Pick<Database, 'rows'>,
): Promise<WebhookClaim | undefined> {
  const now = options.now.getTime()
  const row = await rows
    .updateTable('webhooks')
    .set(webhook => ({ attempts: webhook('attempts', '+', 1), leased: 1, next_attempt_at: now + options.leaseMs }))
    .where('run_id', '=', () =>
      dueRows(rows, options.busyHosts).select('run_id').where('next_attempt_at', '<=', now).forUpdate().skipLocked(),
    )
    .returning(['run_id', 'url', 'host', 'secret', 'attempts'])
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { url, host, secret, attempts: attempt } = row
  return { runId: row.run_id as RunId, url, host, attempt, ...(secret !== null && { secret }) }
}

function dueRows(rows: Database['rows'], busyHosts: readonly string[]) {
  return rows
    .selectFrom('webhooks')
    .where('next_attempt_at', 'is not', null)
    .$if(busyHosts.length > 0, query => query.where('host', 'not in', [...busyHosts]))
    .orderBy('next_attempt_at')
    .limit(1)
}
