import { sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { QueueGroup } from './queue.ts'

/** Stands for no bound: more than there will ever be slots. */
const unbounded = 2 ** 31 - 1

/** All that have no group are one. */
export const noGroup: QueueGroup = { id: '' }

type Rows = Pick<Database, 'rows'>

/** How many of a group's runs wait and are held is kept, not counted: each claim asks for it. */
export async function countEnqueued(group: QueueGroup, { rows }: Rows, jobs = 1): Promise<void> {
  const max_running = group.maxRunning ?? unbounded
  await rows
    .insertInto('queue_groups')
    .values({ id: group.id, waiting: jobs, running: 0, max_running, served: 0 })
    .onConflict(conflict =>
      conflict.column('id').doUpdateSet(row => ({ waiting: row('queue_groups.waiting', '+', jobs), max_running })),
    )
    .execute()
}

/** The group whose turn it is: the one with the fewest runs held, and of those the one that was served longest ago. */
export async function nextGroup({ rows }: Rows): Promise<string | undefined> {
  const next = await rows
    .selectFrom('queue_groups')
    .select('id')
    // In the very words of the index, which holds no others.
    .where(sql<boolean>`waiting > 0 and running < max_running`)
    .orderBy('running')
    .orderBy('served')
    .limit(1)
    .executeTakeFirst()
  return next?.id
}

export interface Turn {
  readonly groupId: string
  readonly waiting: number
  /** So many may be taken together: where other groups wait too, each turn is one run. */
  readonly most: number
}

/** Whose turn it is, and how much of it; groups that are passed over have none. */
export async function nextTurn({ rows }: Rows, passedOver: readonly string[]): Promise<Turn | undefined> {
  const [next, other] = await rows
    .selectFrom('queue_groups')
    .select(['id', 'waiting', 'running', 'max_running'])
    .where(sql<boolean>`waiting > 0 and running < max_running`)
    .$if(passedOver.length > 0, query => query.where('id', 'not in', passedOver))
    .orderBy('running')
    .orderBy('served')
    .limit(2)
    .execute()
  if (next === undefined) return undefined
  const most = other === undefined ? Math.min(next.waiting, next.max_running - next.running) : 1
  return { groupId: next.id, waiting: next.waiting, most }
}

export async function countTaken(groupId: string, { rows }: Rows, jobs = 1): Promise<void> {
  await rows
    .updateTable('queue_groups')
    .set(row => ({
      waiting: row('waiting', '-', jobs),
      running: row('running', '+', jobs),
      served: row.selectFrom('queue_groups').select(sql<number>`max(served) + 1`.as('next')),
    }))
    .where('id', '=', groupId)
    .execute()
}

/** Tells whether others of the group wait. */
export async function countCompleted(groupId: string, { rows }: Rows): Promise<boolean> {
  const group = await rows
    .updateTable('queue_groups')
    .set(row => ({ running: row('running', '-', 1) }))
    .where('id', '=', groupId)
    .returning('waiting')
    .executeTakeFirst()
  return group !== undefined && group.waiting > 0
}

export async function countReleased(groupId: string, { rows }: Rows): Promise<void> {
  await rows
    .updateTable('queue_groups')
    .set(row => ({ running: row('running', '-', 1), waiting: row('waiting', '+', 1) }))
    .where('id', '=', groupId)
    .execute()
}

export async function countRemoved(groupId: string, { rows }: Rows): Promise<void> {
  await rows
    .updateTable('queue_groups')
    .set(row => ({ waiting: row('waiting', '-', 1) }))
    .where('id', '=', groupId)
    .execute()
}

/** Runs that wait, of all groups together. */
export async function waitingInAll({ rows }: Rows): Promise<number> {
  const { waiting } = await rows
    .selectFrom('queue_groups')
    .select(row => row.fn.sum<number | null>('waiting').as('waiting'))
    .executeTakeFirstOrThrow()
  return Number(waiting ?? 0)
}

export async function waitingIn(groupId: string, { rows }: Rows): Promise<number> {
  const group = await rows.selectFrom('queue_groups').select('waiting').where('id', '=', groupId).executeTakeFirst()
  return group?.waiting ?? 0
}
