import type { Family } from '../environment/environment.ts'
import { nearestWords } from '../environment/nearest.ts'
import { defaultPool } from '../run/pool.ts'
import { Problem } from '../run/problem.ts'
import type { NewRun } from '../store/run-store.ts'
import type { Allowance } from './allowance.ts'
import type { ApiParts } from './api-parts.ts'
import { refusal } from './refuse.ts'

/** So many are told, the first ones. */
const maxTold = 10

/** Throws where the key does not allow it. */
export function acceptPool(pool: string | undefined, { pools }: Pick<Allowance, 'pools'>): string {
  const accepted = pool ?? defaultPool
  if (pools === undefined || pools.includes(accepted)) return accepted
  const detail = `is ${accepted}${pool === undefined ? ' where none is named' : ''}; the key allows ${pools.join(', ')}`
  throw new Problem('pool-not-allowed', `The pool ${detail}.`, { errors: [{ pointer: '/pool', detail }] })
}

/** The only architecture whose workers may take the run: what is asked for, or what an environment is bound to. Undefined: any. */
export function acceptArchitecture(asked: string | undefined, families: readonly Family[]): string | undefined {
  let accepted = asked
  for (const { name, architecture } of families) {
    if (architecture === undefined) continue
    if (accepted !== undefined && accepted !== architecture) {
      const detail = `is ${accepted}; the images of ${name} are for ${architecture} alone`
      throw refusal('invalid-request', [{ pointer: '/architecture', detail }])
    }
    accepted = architecture
  }
  return accepted
}

/**
 * A pool that nobody ever served, or told an API of, is a slip of the pen. One whose workers are all away is not: they may be restarted, or
 * be started because something waits for them.
 */
export async function refuseUnknownPools(
  runs: readonly Pick<NewRun, 'pool'>[],
  pools: ApiParts['knownPools'],
  pointerOf: (index: number) => string = () => '/pool',
): Promise<void> {
  const named = new Set(runs.map(({ pool = defaultPool }) => pool).filter(pool => pool !== defaultPool))
  if (named.size === 0) return
  const known = new Set([defaultPool, ...(await pools.list())])
  const errors = runs.flatMap(({ pool = defaultPool }, index) =>
    known.has(pool) ? [] : [{ pointer: pointerOf(index), detail: unknown(pool, known) }],
  )
  const [first] = errors
  if (first === undefined) return
  throw new Problem('unknown-pool', `The pool ${first.detail}.`, { errors: errors.slice(0, maxTold) })
}

function unknown(pool: string, known: ReadonlySet<string>): string {
  const [nearest] = nearestWords(pool, known, 1)
  const hint = nearest === undefined ? `there are ${[...known].join(', ')}` : `did you mean ${nearest}?`
  return `"${pool}" was never served by a worker; ${hint}`
}
