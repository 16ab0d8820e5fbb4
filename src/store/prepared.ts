import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import type { Tables } from './tables.ts'

type Rows = Kysely<Tables>

/**
 * Of a dialect whose database is in this process, with one connection, which a transaction holds: a query is a call then, and what Kysely does
 * around one takes as long as the call.
 */
export interface AtOnce {
  /** The `rows` of the transaction that is open. */
  readonly openTransaction: object | undefined
  executeAtOnce(sql: string, parameters: readonly unknown[]): readonly unknown[]
}

/** In the place of a value that is given with each call. */
export type Place<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name]

export type Prepared<Values, Row> = (rows: Rows, values: Values) => Promise<readonly Row[]>

/**
 * A query that is built once for each dialect, and executed with other values each time: to build and compile one takes longer than
 * SQLite takes to execute it. For what each run does several times; anything else is built where it is used. What it is built of must not
 * depend on its values. For reads anywhere, and for writes within transactions.
 */
export function prepare<Values extends object, Row>(
  build: (rows: Rows, value: Place<Values>) => Compilable<Row>,
): Prepared<Values, Row> {
  // Each dialect has one, and all transactions of a database share it.
  const built = new WeakMap<object, CompiledQuery<Row>>()
  return async (rows, values) => {
    const { adapter } = rows.getExecutor()
    let query = built.get(adapter)
    if (query === undefined) {
      query = build(rows, name => new Placeholder(name) as never).compile()
      built.set(adapter, query)
    }
    const parameters = query.parameters.map(parameter =>
      parameter instanceof Placeholder ? parameter.of(values) : parameter,
    )
    if (isAtOnce(adapter) && adapter.openTransaction === rows)
      return adapter.executeAtOnce(query.sql, parameters) as Row[]
    return (await rows.executeQuery<Row>({ ...query, parameters })).rows
  }
}

/** The same where the names of the columns are no constants. */
export function prepareLoosely<Row>(
  build: (rows: Rows, value: (name: string) => never) => Compilable<Row>,
): Prepared<Readonly<Record<string, unknown>>, Row> {
  return prepare<Record<string, never>, Row>(build) as Prepared<Readonly<Record<string, unknown>>, Row>
}

/** One for each shape that a query may have. Of shapes there are few, and they come from no client. */
export function prepareEach<Shape extends readonly unknown[], Row>(
  build: (...shape: Shape) => Prepared<Readonly<Record<string, unknown>>, Row>,
): (...shape: Shape) => Prepared<Readonly<Record<string, unknown>>, Row> {
  const prepared = new Map<string, Prepared<Readonly<Record<string, unknown>>, Row>>()
  return (...shape) => {
    const key = JSON.stringify(shape)
    const query = prepared.get(key) ?? build(...shape)
    prepared.set(key, query)
    return query
  }
}

function isAtOnce(adapter: object): adapter is AtOnce {
  return 'executeAtOnce' in adapter
}

class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  of(values: object): unknown {
    const value: unknown = (values as Record<string, unknown>)[this.name]
    if (value === undefined) throw new Error(`A prepared query was given no ${this.name}`)
    return value
  }
}
