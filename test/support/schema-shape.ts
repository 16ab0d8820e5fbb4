import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What programs of the version before count on: columns by `table.column`, and what rows of a table must be like. */
export interface SchemaShape {
  readonly tables: ReadonlySet<string>
  readonly columns: ReadonlyMap<
    string,
    { readonly type: string; readonly mayBeLeftOut: boolean; readonly mayBeNull: boolean }
  >
  /** In the database's own words, each with its table before it. */
  readonly rules: ReadonlySet<string>
}

export async function readShape(rows: Kysely<unknown>, isPostgres: boolean): Promise<SchemaShape> {
  const tables = (await rows.introspection.getTables()).filter(({ schema = 'run_it' }) => schema === 'run_it')
  const columns = tables.flatMap(table =>
    table.columns.map(({ name, dataType, isNullable, hasDefaultValue, isAutoIncrementing }) => {
      const mayBeLeftOut = isNullable || hasDefaultValue || isAutoIncrementing
      return [`${table.name}.${name}`, { type: dataType.toLowerCase(), mayBeLeftOut, mayBeNull: isNullable }] as const
    }),
  )
  const rules = isPostgres ? await postgresRules(rows) : await sqliteRules(rows)
  return { tables: new Set(tables.map(({ name }) => name)), columns: new Map(columns), rules: new Set(rules) }
}

/** What a migration did that a program which does not know it may stumble over. */
export function additionFaults(before: SchemaShape, after: SchemaShape): readonly string[] {
  const faults: string[] = []
  for (const table of before.tables) if (!after.tables.has(table)) faults.push(`${table} is gone`)
  for (const [name, column] of before.columns) {
    const now = after.columns.get(name)
    if (now === undefined) faults.push(`${name} is gone`)
    else if (now.type !== column.type) faults.push(`${name} is ${now.type}, and was ${column.type}`)
    else if (column.mayBeLeftOut && !now.mayBeLeftOut) faults.push(`${name} may not be left out any more`)
    else if (column.mayBeNull !== now.mayBeNull)
      faults.push(`${name} ${now.mayBeNull ? 'may' : 'may not'} be null any more`)
  }
  const isOld = (name: string) => before.tables.has(name.split(/[. ]/, 1)[0] ?? '')
  for (const [name, column] of after.columns) {
    if (isOld(name) && !before.columns.has(name) && !column.mayBeLeftOut) faults.push(`${name} must not be left out`)
  }
  for (const rule of after.rules) if (isOld(rule) && !before.rules.has(rule)) faults.push(`a new rule: ${rule}`)
  return faults
}

/** Of each migration after the first `released`, in their order, what it did to those who do not know it. */
export async function faultsOf(
  rows: Kysely<unknown>,
  migrations: Readonly<Record<string, Migration>>,
  options: { readonly lastReleased: string; readonly isPostgres: boolean },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const faults = new Map<string, readonly string[]>()
  for (const name of Object.keys(migrations).toSorted()) {
    const isReleased = name <= options.lastReleased
    const before = isReleased ? undefined : await readShape(rows, options.isPostgres)
    await migrations[name]?.up(rows)
    if (before !== undefined) faults.set(name, additionFaults(before, await readShape(rows, options.isPostgres)))
  }
  return faults
}

async function postgresRules(rows: Kysely<unknown>): Promise<readonly string[]> {
  const { rows: found } = await sql<{ rule: string }>`
    select conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) as rule from pg_constraint
    where connamespace = 'run_it'::regnamespace and contype <> 'n' and conrelid <> 0
    union all
    select tablename || ' ' || indexdef from pg_indexes where schemaname = 'run_it' and indexdef like 'CREATE UNIQUE%'`.execute(
    rows,
  )
  return found.map(({ rule }) => rule)
}

async function sqliteRules(rows: Kysely<unknown>): Promise<readonly string[]> {
  const { rows: found } = await sql<{ rule: string }>`
    select tbl_name || ' ' || sql as rule from sqlite_master where type = 'index' and sql like 'create unique%'
    union all
    select sqlite_master.name || ' -> ' || keys."table" || ' ' || keys."from"
    from sqlite_master, pragma_foreign_key_list(sqlite_master.name) as keys where sqlite_master.type = 'table'`.execute(
    rows,
  )
  return found.map(({ rule }) => rule)
}
