import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { connectionConfig } from './postgres-pool.ts'

const firstRetryMs = 100
const lastRetryMs = 3_000
/** A connection that was cut without a word is found out by asking. */
const probeIntervalMs = 5_000
const probeTimeoutMs = 3_000

export interface ListeningConnectionOptions {
  readonly url: string
  readonly name: string
  readonly channel: string
  readonly onNotification: (payload: string) => void
  /** Each time that it listens from now on. */
  readonly onConnected: () => void
}

/** One connection that listens on a channel, made anew for as long as it is wanted. It speaks on it too. */
export class ListeningConnection {
  readonly #options: ListeningConnectionOptions
  readonly #closed = new AbortController()
  readonly #work: Promise<void>
  #client: pg.Client | undefined
  #asked: Promise<unknown> = Promise.resolve()

  constructor(options: ListeningConnectionOptions) {
    this.#options = options
    this.#work = this.#listenUntilClosed()
  }

  /** Nothing happens while there is no connection: a hint may be lost. */
  notify(payload: string): void {
    this.#ask('select pg_notify($1, $2)', [this.#options.channel, payload]).catch(() => {})
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#work
  }

  /** One after another, on the connection that there is by then. */
  #ask(text: string, values?: string[]): Promise<unknown> {
    const asked = this.#asked.then(() => this.#client?.query(text, values))
    this.#asked = asked.catch(() => {})
    return asked
  }

  async #listenUntilClosed(): Promise<void> {
    const { signal } = this.#closed
    let retryMs = firstRetryMs
    while (!signal.aborted) {
      try {
        await this.#listenUntilLost(signal, () => {
          retryMs = firstRetryMs
        })
      } catch {
        // The next one may do better.
      }
      await pause(retryMs, undefined, { signal }).catch(() => {})
      retryMs = Math.min(retryMs * 2, lastRetryMs)
    }
  }

  async #listenUntilLost(signal: AbortSignal, onSuccess: () => void): Promise<void> {
    const { url, name, channel, onNotification, onConnected } = this.#options
    const lost = new AbortController()
    const client = new pg.Client({ ...connectionConfig(url, name), query_timeout: probeTimeoutMs })
    client.on('error', () => lost.abort())
    client.on('end', () => lost.abort())
    client.on('notification', ({ payload = '' }) => onNotification(payload))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      this.#client = client
      onSuccess()
      onConnected()
      const over = AbortSignal.any([signal, lost.signal])
      while (!over.aborted) {
        await pause(probeIntervalMs, undefined, { signal: over }).catch(() => {})
        if (!over.aborted) await this.#ask('select 1')
      }
    } finally {
      this.#client = undefined
      // It says farewell first, and the other side may be gone.
      await Promise.race([client.end().catch(() => {}), pause(probeTimeoutMs, undefined, { ref: false })])
    }
  }
}
