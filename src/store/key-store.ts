import { timingSafeEqual } from 'node:crypto'
import type { ApiKey, KeyId, RunOwner } from '../run/key.ts'
import type { KeySecret } from '../run/key-text.ts'
import type { Database, StoreTransaction } from './database.ts'
import { keyFromRow, keyRow } from './key-row.ts'
import { prepare } from './prepared.ts'
import { type RateState, rateState } from './spend-rate.ts'

/** What cannot be done with a key, because of the others that there are. */
export type KeyConflict = 'first-needs-admin' | 'too-many' | 'last-admin'

/** Each costs a row for ever. */
const maxKeys = 10_000

/** Databases of this process alone in which no key was ever made: every request to them asks. Changed in transactions, which take turns. */
const withoutKeys = new WeakSet<Database>()

/** The API keys. Nothing is remembered between calls but whether there is one: a key that is revoked opens nothing from then on. */
export class KeyStore {
  readonly #database: Database
  #exist = false

  constructor(database: Database) {
    this.#database = database
  }

  /** Whether a key was ever made. From then on there is always one, if only a revoked one. */
  async exist(): Promise<boolean> {
    if (!this.#exist && !withoutKeys.has(this.#database)) this.#exist = await this.#look()
    return this.#exist
  }

  /** Answers why not, when not. The first key has to be one that can make others. */
  create(key: ApiKey, secretHash: string): Promise<KeyConflict | undefined> {
    return this.#database.transaction(async transaction => {
      await lockKeys(transaction)
      const { count } = await transaction.rows
        .selectFrom('keys')
        .select(row => row.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      if (Number(count) >= maxKeys) return 'too-many'
      if (Number(count) === 0 && !key.scopes.includes('admin')) return 'first-needs-admin'
      withoutKeys.delete(this.#database)
      await transaction.rows.insertInto('keys').values(keyRow(key, secretHash)).execute()
      return undefined
    })
  }

  /** The key whose secret it is, unless it was revoked. */
  async open({ id, hash }: KeySecret): Promise<ApiKey | undefined> {
    const row = await this.#database.rows.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined || row.revoked_at !== null) return undefined
    return timingSafeEqual(Buffer.from(row.secret_hash), Buffer.from(hash)) ? keyFromRow(row) : undefined
  }

  /** Newest first, those that were revoked included. */
  async list(page: { readonly limit: number; readonly after?: KeyId }) {
    const found = await this.#database.rows
      .selectFrom('keys')
      .selectAll()
      .$if(page.after !== undefined, query => query.where('id', '<', page.after ?? ''))
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
      .execute()
    const keys = found.slice(0, page.limit).map(keyFromRow)
    return { keys, next: found.length > page.limit ? keys.at(-1)?.id : undefined }
  }

  /** May be repeated. Undefined if there is no such key; the last one with the scope `admin` stays. */
  revoke(id: KeyId, at: Date): Promise<'revoked' | KeyConflict | undefined> {
    return this.#database.transaction(async transaction => {
      const { rows } = transaction
      await lockKeys(transaction)
      const row = await rows.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst()
      if (row === undefined) return undefined
      if (row.revoked_at !== null) return 'revoked'
      if (!(await hasOtherAdmin(id, transaction)) && keyFromRow(row).scopes.includes('admin')) return 'last-admin'
      await rows.updateTable('keys').set({ revoked_at: at.getTime() }).where('id', '=', id).execute()
      transaction.hint(`key:${id}`)
      return 'revoked'
    })
  }

  #look(): Promise<boolean> {
    const look = async ({ rows }: Pick<Database, 'rows'>) => (await findAnyKey(rows, {})).length > 0
    if (this.#database.isShared) return look(this.#database)
    const lookInTurn = async (transaction: StoreTransaction) => {
      const exist = await look(transaction)
      if (!exist) withoutKeys.add(this.#database)
      return exist
    }
    return this.#database.transaction(lookInTurn, { durable: false })
  }

  /** How many runs it may submit now; undefined for a key that may submit any number. */
  rateOf(owner: RunOwner, at: Date): Promise<RateState | undefined> {
    return rateState(owner, at, this.#database)
  }

  /** Which of them open nothing any more. */
  async revokedOf(ids: readonly KeyId[]): Promise<readonly KeyId[]> {
    if (ids.length === 0) return []
    const found = await this.#database.rows
      .selectFrom('keys')
      .select('id')
      .where('id', 'in', [...ids])
      .where('revoked_at', 'is not', null)
      .execute()
    return found.map(row => row.id as KeyId)
  }
}

/** Keys are changed one at a time: what may be done with one depends on the others. */
async function lockKeys({ rows }: StoreTransaction): Promise<void> {
  await rows.selectFrom('meta').select('value').where('name', '=', 'installation_id').forUpdate().execute()
}

/** Asked with each request of an installation that has none, where others may make one. */
const findAnyKey = prepare(rows => rows.selectFrom('keys').select('id').limit(1))

async function hasOtherAdmin(id: KeyId, { rows }: StoreTransaction): Promise<boolean> {
  const others = await rows
    .selectFrom('keys')
    .select('scopes')
    .where('id', '!=', id)
    .where('revoked_at', 'is', null)
    .where('scopes', 'like', '%"admin"%')
    .limit(1)
    .execute()
  return others.length > 0
}
