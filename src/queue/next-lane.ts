import { type Selectable, sql } from 'kysely'
import type { Serves } from '../run/pool.ts'
import type { Database } from '../store/database.ts'
import { prepareEach, prepareLoosely } from '../store/prepared.ts'
import type { QueueGroupsTable } from '../store/queue-tables.ts'
import { isMain, type Lane, lanesBeside, lanesServed } from './lane.ts'

type Rows = Pick<Database, 'rows'>

/** In the very words of the indexes, which hold no others. SQLite turns `sum < column` around, and then does not know it again. */
const mayBeTaken = sql<boolean>`waiting > 0 and max_running > running + elsewhere`

export interface Turn {
  /** Of one group and pool. In which of them the run is that is next, their jobs say. */
  readonly lanes: readonly [string, ...string[]]
  readonly waiting: number
  /** So many may be taken together: where other lanes wait too, each turn is one run. */
  readonly most: number
}

/**
 * The lane whose turn it is, of those that a worker serves: its group has the fewest runs held in its pool, and of those was served longest
 * ago there. One query, which reads the first entries of an index for each lane. Then the one after it.
 */
function nextLanes(
  serves: Serves,
  { rows }: Rows,
  options: { readonly limit: number; readonly but: readonly string[] },
) {
  const [first, ...others] = lanesServed(serves).map(lane => firstOf(lane, { rows }, options))
  if (first === undefined) throw new Error('A worker serves at least one pool')
  return rows
    .selectFrom(others.reduce((query, other) => query.unionAll(other), first).as('next'))
    .selectAll()
    .orderBy('running')
    .orderBy('served')
    .limit(options.limit)
}

/** Each a query of its own: only such may have an order in a union. */
function firstOf(
  lane: Omit<Lane, 'groupId'>,
  { rows }: Rows,
  { limit, but }: { readonly limit: number; readonly but: readonly string[] },
) {
  const columns = ['id', 'waiting', 'running', 'elsewhere', 'max_running', 'served'] as const
  const inOrder = isMain(lane)
    ? rows
        .selectFrom('queue_groups')
        .select([...columns, 'lanes'])
        .where(mayBeTaken)
        .$if(but.length > 0, query => query.where('id', 'not in', but))
        .orderBy('running')
        .orderBy('served')
        .limit(limit)
        .as('first')
    : rows
        .selectFrom('queue_lanes')
        .select([...columns, sql<number>`1`.as('lanes')])
        .where('pool', '=', lane.pool)
        .where('architecture', '=', lane.architecture)
        .where(mayBeTaken)
        .$if(but.length > 0, query => query.where('id', 'not in', but))
        .orderBy('running')
        .orderBy('served')
        .limit(limit)
        .as('first')
  return rows.selectFrom(inOrder).selectAll()
}

const findNext = prepareEach((serves: Serves) =>
  prepareLoosely(rows => nextLanes(serves, { rows }, { limit: 1, but: [] })),
)

export async function nextLane(serves: Serves, { rows }: Rows): Promise<string | undefined> {
  const [next] = await findNext(serves)(rows, {})
  return next?.id
}

const findFirst = prepareEach((lane: Omit<Lane, 'groupId'>) =>
  prepareLoosely(rows => firstOf(lane, { rows }, { limit: 1, but: [] })),
)

/**
 * The same where the database is in this process: a query for each lane takes less than one for all. Tells the lanes of its group that a
 * worker takes from as well.
 */
export async function nextLaneAtOnce(
  serves: Serves,
  { rows }: Rows,
): Promise<readonly [string, ...string[]] | undefined> {
  let next: Awaited<ReturnType<ReturnType<typeof findFirst>>>[number] | undefined
  for (const lane of lanesServed(serves)) {
    const [first] = await findFirst(lane)(rows, {})
    if (first !== undefined && (next === undefined || isServedBefore(first, next))) next = first
  }
  if (next === undefined) return undefined
  const { id, lanes } = next
  return [id, ...(lanes === 0 ? [] : lanesBeside(id, serves).filter(lane => lane !== id))]
}

type Turns = Pick<Selectable<QueueGroupsTable>, 'running' | 'served'>

function isServedBefore(one: Turns, other: Turns): boolean {
  return one.running === other.running ? one.served < other.served : one.running < other.running
}

/** Whose turn it is, and how much of it; lanes that are passed over have none. */
export async function nextTurn(serves: Serves, rows: Rows, passedOver: readonly string[]): Promise<Turn | undefined> {
  const [next, other] = await nextLanes(serves, rows, { limit: 2, but: passedOver }).execute()
  if (next === undefined) return undefined
  const { id, waiting } = next
  const beside = next.lanes === 0 ? [] : await waitingAmong(lanesBeside(id, serves), rows)
  const lanes: [string, ...string[]] = [id, ...beside.filter(lane => lane !== id && !passedOver.includes(lane))]
  const isAlone = other === undefined && lanes.length === 1
  return { lanes, waiting, most: isAlone ? Math.min(waiting, next.max_running - next.running - next.elsewhere) : 1 }
}

/** Of these lanes those that have something waiting. */
async function waitingAmong(ids: readonly string[], { rows }: Rows): Promise<readonly string[]> {
  const found = await rows
    .selectFrom('queue_groups')
    .select('id')
    .where('id', 'in', ids)
    .where('waiting', '>', 0)
    .unionAll(rows.selectFrom('queue_lanes').select('id').where('id', 'in', ids).where('waiting', '>', 0))
    .execute()
  return found.map(row => row.id)
}
