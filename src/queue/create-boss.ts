import { PgBoss } from 'pg-boss'
import { bossSchema } from '../store/postgres/postgres-pool.ts'

/** One statement, or several without values, on a connection of no transaction of ours. */
export type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>

const daySeconds = 24 * 60 * 60

/**
 * The version of pg-boss's own tables that this program was made for. A pg-boss that is older than the tables works with them as they
 * are, and one that is newer changes them: whether the older one bears that is to be found out, and told in `compatibleFrom`, when this changes.
 */
export const bossSchemaVersion = 46

/** pg-boss as we use it: it does what it is asked for, and nothing by itself. Its tables it brings up to date where they are older. */
export function createBoss(executeSql: ExecuteSql): PgBoss {
  const boss = new PgBoss({
    db: { executeSql },
    schema: bossSchema,
    // Without it, it refuses tables that are newer.
    migrate: true,
    // A job's end, its run's and the group's count are one transaction, which what pg-boss does by itself cannot be a part of.
    supervise: false,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
    queueCacheIntervalSeconds: daySeconds,
    flowIntervalSeconds: daySeconds,
    bamIntervalSeconds: daySeconds,
  })
  // It says so when a timer of its own could not reach the database. Whatever we ask of it rejects by itself.
  boss.on('error', () => {})
  return boss
}

/** Brings pg-boss's tables to what its version knows; of several processes that do so at once, the others wait. */
export async function migrateBoss(executeSql: ExecuteSql): Promise<void> {
  const boss = createBoss(executeSql)
  try {
    await boss.start()
  } finally {
    await boss.stop({ graceful: false })
  }
}
