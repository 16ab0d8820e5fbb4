import { defaultPool } from '../run/pool.ts'
import type { Database } from './database.ts'

/** The pools of the installation: what runs may name, whether or not a worker of it lives. */
export class PoolStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** They are remembered for ever: a worker that is started when it is needed is away most of the time. */
  async add(names: readonly string[]): Promise<void> {
    const rows = [...new Set(names)].filter(name => name !== defaultPool).map(name => ({ name }))
    if (rows.length === 0) return
    await this.#database.transaction(({ rows: tables }) =>
      tables
        .insertInto('pools')
        .values(rows)
        .onConflict(conflict => conflict.column('name').doNothing())
        .execute(),
    )
  }

  /** All but the default one. */
  async list(): Promise<readonly string[]> {
    const found = await this.#database.rows.selectFrom('pools').select('name').orderBy('name').execute()
    return found.map(({ name }) => name)
  }
}
