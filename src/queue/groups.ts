import { type RawBuilder, sql } from 'kysely'
import { defaultPool } from '../run/pool.ts'
import type { Database } from '../store/database.ts'
import { type Place, prepare, prepareEach, prepareLoosely } from '../store/prepared.ts'
import { isMain, type Lane, laneOf } from './lane.ts'
import { putInLane, unbounded } from './lanes.ts'
import type { QueueGroup } from './queue.ts'

/** All that have no group are one. */
export const noGroup: QueueGroup = { id: '' }

type Rows = Pick<Database, 'rows'>

/** What happens to a lane's counts. */
interface Change {
  readonly waiting: number
  readonly running: number
  /** It had its turn. */
  readonly isTurn?: boolean
}

const addWaiting = prepare((rows, value: Place<{ id: string; waiting: number; max_running: number }>) =>
  rows
    .insertInto('queue_groups')
    .values({ id: value('id'), waiting: value('waiting'), running: 0, max_running: value('max_running'), served: 0 })
    .onConflict(conflict =>
      conflict.column('id').doUpdateSet(old => ({
        waiting: old('queue_groups.waiting', '+', value('waiting')),
        max_running: value('max_running'),
      })),
    )
    .returningAll(),
)

/** How many of a group's runs wait and are held is kept, not counted: each claim asks for it. */
export async function countEnqueued(lane: Lane, group: QueueGroup, { rows }: Rows, jobs = 1): Promise<void> {
  const max_running = group.maxRunning ?? unbounded
  const waiting = isMain(lane) ? jobs : 0
  const [row] = await addWaiting(rows, { id: group.id, waiting, max_running })
  if (row === undefined) throw new Error(`The group "${group.id}" was neither made nor found`)
  if (row.lanes > 0 || !isMain(lane)) await putInLane(lane, row, { rows }, jobs)
}

export function countTaken(lane: string, rows: Rows, jobs = 1): Promise<boolean> {
  return change(lane, { waiting: -jobs, running: jobs, isTurn: true }, rows)
}

/** Tells whether others of the group wait. */
export function countCompleted(lane: string, rows: Rows): Promise<boolean> {
  return change(lane, { waiting: 0, running: -1 }, rows)
}

export async function countReleased(lane: string, rows: Rows): Promise<void> {
  await change(lane, { waiting: 1, running: -1 }, rows)
}

export async function countRemoved(lane: string, rows: Rows): Promise<void> {
  await change(lane, { waiting: -1, running: 0 }, rows)
}

const changeGroup = prepareEach((isDefault: boolean, isTurn: boolean) =>
  prepareLoosely((rows, value) =>
    rows
      .updateTable('queue_groups')
      .set(row => ({
        waiting: row('waiting', '+', value('waiting')),
        ...(isDefault
          ? { running: row('running', '+', value('running')) }
          : { elsewhere: row('elsewhere', '+', value('running')) }),
        ...(isTurn && isDefault && { served: nextTurn }),
      }))
      .where('id', '=', value('id'))
      .returningAll(),
  ),
)

/** The group's row first, which whoever changes anything of the group locks. Tells whether any of the group waits. */
async function change(id: string, { waiting, running, isTurn = false }: Change, { rows }: Rows): Promise<boolean> {
  const lane = laneOf(id)
  const isDefault = lane.pool === defaultPool
  const [group] = await changeGroup(isDefault, isTurn)(rows, {
    id: lane.groupId,
    waiting: isMain(lane) ? waiting : 0,
    running,
  })
  if (group === undefined || group.lanes === 0) return group !== undefined && group.waiting > 0
  // What is of the default pool is the group's row's. Of another it is here alone.
  const ofPool = isDefault
    ? sql<number>`running`
    : sql<number>`running + case when pool = ${lane.pool} then ${running} else 0 end`
  const held = sql<number>`case when pool = ${defaultPool} then ${group.running} else ${ofPool} end`
  const turn = isDefault ? sql<number>`${group.served}` : nextTurn
  const lanes = await rows
    .updateTable('queue_lanes')
    .set({
      waiting: sql<number>`waiting + case when id = ${id} then ${waiting} else 0 end`,
      running: held,
      elsewhere: sql<number>`${group.running + group.elsewhere} - (${held})`,
      ...(isTurn && { served: sql<number>`case when pool = ${lane.pool} then ${turn} else served end` }),
    })
    .where('group_id', '=', lane.groupId)
    .returning('waiting')
    .execute()
  return group.waiting > 0 || lanes.some(row => row.waiting > 0)
}

/** Later than all turns before it: two ends of indexes. */
const nextTurn: RawBuilder<number> = sql<number>`(select max(served) + 1 from
  (select max(served) as served from queue_groups union all select max(served) from queue_lanes) as turns)`

/** Runs that wait, by pool and architecture; where none does, a lane may be missing. */
export async function waitingByLane({ rows }: Rows): Promise<readonly (Omit<Lane, 'groupId'> & { runs: number })[]> {
  const found = await rows
    .selectFrom('queue_groups')
    .select(row => [
      sql<string>`${defaultPool}`.as('pool'),
      sql<string>`''`.as('architecture'),
      row.fn.sum<number | null>('waiting').as('runs'),
    ])
    .unionAll(
      rows
        .selectFrom('queue_lanes')
        .select(row => ['pool', 'architecture', row.fn.sum<number | null>('waiting').as('runs')])
        .groupBy(['pool', 'architecture']),
    )
    .execute()
  return found.map(({ pool, architecture, runs }) => ({ pool, architecture, runs: Number(runs ?? 0) }))
}

/** Runs that wait, of all groups together. */
export async function waitingInAll(rows: Rows): Promise<number> {
  return (await waitingByLane(rows)).reduce((sum, { runs }) => sum + runs, 0)
}

export async function waitingIn(groupId: string, { rows }: Rows): Promise<number> {
  const group = await rows
    .selectFrom('queue_groups')
    .select(['waiting', 'lanes'])
    .where('id', '=', groupId)
    .executeTakeFirst()
  if (group === undefined || group.lanes === 0) return group?.waiting ?? 0
  const { beside } = await rows
    .selectFrom('queue_lanes')
    .select(row => row.fn.sum<number | null>('waiting').as('beside'))
    .where('group_id', '=', groupId)
    .executeTakeFirstOrThrow()
  return group.waiting + Number(beside ?? 0)
}
