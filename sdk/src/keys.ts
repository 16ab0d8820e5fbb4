import type { Connection } from './connection.ts'
import type { Key, KeyList, KeySubmission, NewKey } from './key-shapes.ts'
import type { CallOptions } from './runs.ts'

/** The API keys. Needs a key with the scope `admin`, unless there are no keys yet. */
export class Keys {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Its `secret` is told here and nowhere else. The first key must have the scope `admin`. */
  create(submission: KeySubmission, options: CallOptions = {}): Promise<NewKey> {
    return this.#connection.json('/v1/keys', { method: 'POST', body: submission, ...options })
  }

  /** All pages, newest first, with those that were revoked. */
  async *all(options: CallOptions = {}): AsyncGenerator<Key, void, undefined> {
    let cursor: string | undefined
    do {
      const page: KeyList = await this.#connection.json('/v1/keys', { query: { limit: 100, cursor }, ...options })
      yield* page.keys
      cursor = page.next
    } while (cursor !== undefined)
  }

  /** At once, and for ever. May be repeated. */
  revoke(id: string, options: CallOptions = {}): Promise<void> {
    return this.#connection.nothing(`/v1/keys/${encodeURIComponent(id)}`, { method: 'DELETE', ...options })
  }
}
