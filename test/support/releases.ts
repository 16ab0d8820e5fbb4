import { type Kysely, sql } from 'kysely'
import { type Release, thisVersion } from '../../src/store/migrations/release.ts'

/** The minor version that comes so many after this program's; before it where negative. */
export function minorAfter(distance: number): string {
  const [major, minor] = thisVersion.version.split('.').map(Number)
  return `${major}.${(minor ?? 0) + distance}`
}

/** What a release is like that comes so many minor versions after this program's: each works beside the one before it. */
export function releaseAfter(distance: number, ours: Release): Release {
  const [version, compatibleFrom] = [minorAfter(distance), minorAfter(distance - 1)]
  if (distance < 0) return { ...ours, version, compatibleFrom }
  const added = Array.from({ length: distance }, (_, index) => [`90${index + 1}0-added`, { up: addition(index + 1) }])
  return { version, compatibleFrom, migrations: { ...ours.migrations, ...Object.fromEntries(added) } }
}

/** A column and a table that this program does not know. */
function addition(number: number): (database: Kysely<unknown>) => Promise<void> {
  return async ({ schema }) => {
    await schema.alterTable('runs').addColumn(`added_${number}`, 'text').execute()
    await schema
      .createTable(`things_${number}`)
      .addColumn('run_id', 'text', column => column.primaryKey().references('runs.id').onDelete('cascade'))
      .addColumn('thing', 'text', column => column.notNull())
      .execute()
  }
}

/** Has a release write more into PostgreSQL's rows than this program knows, whoever makes them from then on. */
export function withMoreInRows(release: Release): Release {
  const json = (column: string) => `new.${column} = (new.${column}::jsonb || '{"ofTomorrow": {"a": [1]}}')::text;`
  const trigger = (table: string, columns: readonly string[]) => `
    create function more_${table}() returns trigger language plpgsql as $$
      begin ${columns.map(json).join(' ')} return new; end $$;
    create trigger more before insert on ${table} for each row execute function more_${table}()`
  const up = async (database: Kysely<unknown>) => {
    await sql.raw(trigger('runs', ['request'])).execute(database)
    await sql.raw(trigger('run_requests', ['content'])).execute(database)
    await sql
      .raw(
        `create function more_workers() returns trigger language plpgsql as $$
          begin
            new.platform = (new.platform::jsonb || '{"ofTomorrow": 1}')::text;
            new.images = (select coalesce(jsonb_agg(image || '{"ofTomorrow": 1}'), '[]') from jsonb_array_elements(new.images::jsonb) as image)::text;
            return new;
          end $$;
        create trigger more before insert or update on workers for each row execute function more_workers()`,
      )
      .execute(database)
  }
  return { ...release, migrations: { ...release.migrations, '9090-more-in-rows': { up } } }
}
