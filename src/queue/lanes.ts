import type { Selectable } from 'kysely'
import { defaultPool } from '../run/pool.ts'
import type { Database } from '../store/database.ts'
import type { QueueGroupsTable } from '../store/queue-tables.ts'
import { isMain, type Lane, laneId } from './lane.ts'

/** Stands for no bound: more than there will ever be slots. */
export const unbounded = 2 ** 31 - 1

type Rows = Pick<Database, 'rows'>

/**
 * Counts what came into a lane beside the main one, which is made where it is not there yet, and tells all of them the group's bound.
 * `group` is locked, and as it is now.
 */
export async function putInLane(
  lane: Lane,
  group: Selectable<QueueGroupsTable>,
  { rows }: Rows,
  jobs: number,
): Promise<void> {
  const { max_running } = group
  if (group.lanes > 0) {
    await rows
      .updateTable('queue_lanes')
      .set({ max_running })
      .where('group_id', '=', group.id)
      .where('max_running', '!=', max_running)
      .execute()
  }
  if (isMain(lane)) return
  const id = laneId(lane)
  const put = await rows
    .updateTable('queue_lanes')
    .set(row => ({ waiting: row('waiting', '+', jobs) }))
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (put !== undefined) return
  const { groupId: group_id, pool, architecture } = lane
  const held = await heldOf(lane, group, { rows })
  await rows
    .insertInto('queue_lanes')
    .values({ id, group_id, pool, architecture, waiting: jobs, max_running, ...held })
    .execute()
  await rows
    .updateTable('queue_groups')
    .set(row => ({ lanes: row('lanes', '+', 1) }))
    .where('id', '=', group.id)
    .execute()
}

/** What the group's lanes of the same pool say already. */
async function heldOf({ pool, groupId }: Lane, group: Selectable<QueueGroupsTable>, { rows }: Rows) {
  const { running, elsewhere, served } = group
  if (pool === defaultPool) return { running, elsewhere, served }
  const beside = await rows
    .selectFrom('queue_lanes')
    .select(['running', 'elsewhere', 'served'])
    .where('group_id', '=', groupId)
    .where('pool', '=', pool)
    .limit(1)
    .executeTakeFirst()
  return beside ?? { running: 0, elsewhere: running + elsewhere, served: 0 }
}
