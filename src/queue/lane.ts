import { defaultPool, type Serves } from '../run/pool.ts'

/**
 * Where a run stands in line: its group's runs of one pool, and of one architecture or of any. The lane of the default pool and of any
 * architecture is the group's main one, and has its id.
 */
export interface Lane {
  readonly groupId: string
  readonly pool: string
  /** Empty: any. */
  readonly architecture: string
}

/** What a run may be taken by. */
export interface Route {
  readonly pool: string
  /** Absent: any. */
  readonly architecture?: string
}

export function laneFor(groupId: string, { pool, architecture = '' }: Route = { pool: defaultPool }): Lane {
  return { groupId, pool, architecture }
}

/** Neither a group's id nor the others have a slash. */
export function laneId({ groupId, pool, architecture }: Lane): string {
  return isMain({ pool, architecture }) ? groupId : `${groupId}/${pool}/${architecture}`
}

export function laneOf(id: string): Lane {
  const [groupId = '', pool = defaultPool, architecture = ''] = id.split('/')
  return { groupId, pool, architecture }
}

export function isMain({ pool, architecture }: Omit<Lane, 'groupId'>): boolean {
  return pool === defaultPool && architecture === ''
}

/** Ids of a lane and of those of its group and pool that a worker takes from as well: it is their turn together. */
export function lanesBeside(id: string, { architecture }: Serves): readonly string[] {
  const { groupId, pool } = laneOf(id)
  return lanesServed({ pools: [pool], architecture }).map(lane => laneId({ groupId, ...lane }))
}

/** Of each group, those that a worker takes from. */
export function lanesServed({ pools, architecture }: Serves): readonly Omit<Lane, 'groupId'>[] {
  const kinds = architecture === undefined ? [''] : ['', architecture]
  return pools.flatMap(pool => kinds.map(kind => ({ pool, architecture: kind })))
}
